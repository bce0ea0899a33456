#!/usr/bin/env bash
# The .NET 10 SDK is required; where the system can install it, it does.
set -euo pipefail
if ! command -v dotnet > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -q && apt-get install -y -q dotnet-sdk-10.0 || true
fi
if ! command -v dotnet > /dev/null || ! dotnet --list-sdks 2> /dev/null | grep -q '^10\.'; then
    echo "Pare needs the .NET 10 SDK (dotnet on PATH); install it from your distribution or from dotnet.microsoft.com and run this again." >&2
    exit 1
fi
