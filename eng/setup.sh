#!/usr/bin/env bash
# Brings what the build and the tests need: the .NET 10 SDK is required; node and npm serve the checks against other programs.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v dotnet > /dev/null; then
    if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
        apt-get update -q && apt-get install -y -q dotnet-sdk-10.0 || true
    fi
fi
if ! dotnet --list-sdks 2> /dev/null | grep -q '^10\.'; then
    echo "Pare needs the .NET 10 SDK (dotnet on PATH); install it from your distribution or from dotnet.microsoft.com and run this again." >&2
    exit 1
fi

if ! command -v npm > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -q && apt-get install -y -q nodejs npm || true
fi
if command -v npm > /dev/null; then
    # Scripts of packages are not run: the llama.cpp package ships its libraries as files.
    (cd tests/interop && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        echo "npm packages could not be installed: the checks against llama.cpp and npm's readers will be skipped." >&2
else
    echo "npm is absent: the checks against llama.cpp and npm's readers will be skipped." >&2
fi

dotnet restore Pare.slnx
