#!/usr/bin/env bash
# Packs library and tool, installs the tool into a folder of its own and runs it once.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet pack src/Pare/Pare.csproj -c Release -o "$out/packages" -v quiet -nologo
dotnet pack src/Pare.Cli/Pare.Cli.csproj -c Release -o "$out/packages" -v quiet -nologo
version=$(ls "$out/packages" | sed -n 's/^Pare\.Cli\.\([0-9].*\)\.nupkg$/\1/p')
dotnet tool install Pare.Cli --tool-path "$out/tool" --add-source "$out/packages" --version "$version" > /dev/null
"$out/tool/pare" info models/stories260K > /dev/null
echo "packed and ran pare $version"
