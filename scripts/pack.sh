#!/usr/bin/env bash
# Makes the NuGet packages of this repository: scripts/pack.sh [FOLDER], default artifacts/packages.
# To use them from a project:  dotnet nuget add source FOLDER --name torch2jax
. "$(dirname "$0")/lib.sh"

need_build_tools
folder=$(realpath -m "${1:-$ROOT/artifacts/packages}")
build "$ROOT/src/MSBuild/Torch2Jax.MSBuild.csproj" # and, through it, the tool
dotnet pack "$ROOT/src/MSBuild/Torch2Jax.MSBuild.csproj" -c "$CONFIGURATION" --no-build -o "$folder" -v quiet --nologo </dev/null
for package in "$folder"/*.nupkg; do say "$package"; done
