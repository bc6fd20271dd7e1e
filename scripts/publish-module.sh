#!/usr/bin/env bash
# The PowerShell module, ready to be imported: artifacts/Torch2Jax, and a package of it for a PowerShell repository.
#   Import-Module ./artifacts/Torch2Jax/Torch2Jax.psd1
#   Publish-PSResource -Path artifacts/Torch2Jax -Repository ...      (or push artifacts/Torch2Jax.VERSION.nupkg)
. "$(dirname "$0")/lib.sh"

need_build_tools
build "$ROOT/src/PsModule/Torch2Jax.PsModule.csproj"

target=$ROOT/artifacts/Torch2Jax
rm -rf "$target"
mkdir -p "$target"
cp -R "$ROOT/src/PsModule/bin/$CONFIGURATION/Torch2Jax/." "$target"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet pack "$ROOT/src/PsModule/Torch2Jax.PsModule.csproj" -c "$CONFIGURATION" --no-build --nologo -v quiet -o "$work" </dev/null
mv "$work"/Torch2Jax.*.nupkg "$ROOT/artifacts/"
say "artifacts/Torch2Jax: $(find "$target" -type f | wc -l) files, $(du -sh "$target" | cut -f1)"
say "artifacts/$(cd "$ROOT/artifacts" && echo Torch2Jax.*.nupkg)"
