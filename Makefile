.PHONY: demo publish setup test format

# The main job on the sample model: measure, compress, measure again beside the original, run; pages go to artifacts/demo.
demo:
	bash eng/demo.sh

# The command compiled ahead for this machine, which starts in half the time: artifacts/pare/pare.
publish:
	bash eng/dotnet.sh
	dotnet publish src/Pare.Cli -c Release --use-current-runtime --self-contained false -o artifacts/pare -v quiet -nologo
	ln -sf Pare.Cli artifacts/pare/pare

# Everything the build and the tests need on a fresh machine.
setup:
	bash eng/setup.sh

# All tests, natively and the kernels at every lower instruction level.
test: setup
	bash eng/test.sh

format:
	dotnet format Pare.slnx
