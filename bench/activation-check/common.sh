# What the scripts of this folder share; they source it. PARE may name another command.
pare=${PARE:-"dotnet $(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"}

number() { grep -o "\"$1\": *[0-9.]*" | head -1 | grep -o '[0-9.]*$'; } # KEY: its first number on standard input
