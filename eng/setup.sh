#!/usr/bin/env bash
# Brings what the build and the tests need: the .NET 10 SDK is required; node and npm serve the checks against other programs.
set -euo pipefail
cd "$(dirname "$0")/.."

bash eng/dotnet.sh

if ! command -v npm > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -q && apt-get install -y -q nodejs npm || true
fi
if command -v npm > /dev/null; then
    # Scripts of packages are not run: the llama.cpp package ships its libraries as files.
    (cd tests/interop && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        echo "npm packages could not be installed: the checks against llama.cpp and npm's readers will be skipped." >&2
else
    echo "npm is absent: the checks against llama.cpp and npm's readers will be skipped." >&2
fi

dotnet restore Pare.slnx
