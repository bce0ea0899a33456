.PHONY: setup test format bench

# Everything the build and the tests need on a fresh machine.
setup:
	bash eng/setup.sh

# All tests, natively and the kernels at every lower instruction level.
test: setup
	bash eng/test.sh

format:
	dotnet format Pare.slnx
