.PHONY: demo setup test format

# The main job on the sample model: measure, compress, measure again beside the original, run; pages go to artifacts/demo.
demo:
	bash eng/demo.sh

# Everything the build and the tests need on a fresh machine.
setup:
	bash eng/setup.sh

# All tests, natively and the kernels at every lower instruction level.
test: setup
	bash eng/test.sh

format:
	dotnet format Pare.slnx
