# What the scripts of these folders share; they source it. PARE may name another command.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pare=${PARE:-"dotnet $repository/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"}

number() { grep -o "\"$1\": *[0-9.]*" | head -1 | grep -o '[0-9.]*$'; } # KEY: its first number on standard input

against() { # JSON DENSE.json: perplexity and, in brackets, its ratio to the dense one
    local one
    one=$(number perplexity < "$1")
    printf '%.3f (%.4f)' "$one" "$(echo "$one / $(number perplexity < "$2")" | bc -l)"
}

zeros() { # JSON: the zeros found at each site
    local site found=
    for site in $(sed -n 's/^ *"site": *"\([a-z-]*\)".*/\1/p' "$1"); do
        found+=" $site $(printf '%.3f' "$(grep -A 4 "\"site\": *\"$site\"" "$1" | number zeros)")"
    done
    echo "${found# }"
}
