# The cmdlets against the engine that they call (sourced by scripts/bench.sh). Needs pwsh 7.6 on the PATH.
command -v pwsh >/dev/null || fail "there is no pwsh on the PATH; PowerShell 7.6 is measured, not installed, by this script"
need_build_tools
build "$ROOT/src/PsModule/Torch2Jax.PsModule.csproj"
build "$ROOT/src/WebApi/Torch2Jax.WebApi.csproj"

work=$(mktemp -d /tmp/t2j.XXXXXX)
chmod 711 "$work"
export TORCH2JAX_DATA=$work/data OMP_NUM_THREADS=1
trap 'dotnet "$SERVICE_DLL" database stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
page=$ROOT/bench/results/powershell.md
module=$ROOT/src/PsModule/bin/$CONFIGURATION/Torch2Jax/Torch2Jax.psd1

# run SCRIPT ARGUMENTS...: a script of bench/powershell in a shell of its own.
run() { pwsh -NoProfile -NonInteractive -File "$ROOT/bench/powershell/$1" -Module "$module" -DataDirectory "$TORCH2JAX_DATA" "${@:2}"; }

# row NAME VALUE GOAL NUMBERS: smaller is better.
row() {
  local verdict
  verdict=$(awk -v value="$2" -v goal="$3" 'BEGIN { print (value <= goal ? "ok" : "short") }')
  printf '%s value=%s goal=%s %s\n' "$1" "$2" "$3" "$verdict"
  printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$verdict" "$4" >>"$page"
}

mkdir -p "$ROOT/bench/results"
run register.ps1
printf '# PowerShell\n\n%s, %s cores of %s, PowerShell %s, load %s. Medians; smaller is better.\n\n| row | value | goal | | numbers |\n| --- | --- | --- | --- | --- |\n' \
  "$(date -u +%F)" "$(nproc --all)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
  "$(pwsh -NoProfile -Command '"$($PSVersionTable.PSVersion)"')" "$(cut -d' ' -f1 /proc/loadavg)" >"$page"

for _ in 1 2 3 4 5; do run first-result.ps1; done | sort -n >"$work/first"
row import_to_first_result_seconds "$(sed -n 3p "$work/first" | cut -d' ' -f1)" 3 \
  "Import-Module to the first Invoke-Torch2Jax result on a warm registry, five shells: $(cut -d' ' -f1 "$work/first" | tr '\n' ' ')s; of the processors $(cut -d' ' -f2 "$work/first" | sort -n | sed -n 3p) s"
IFS='|' read -r value numbers < <(run piped-item.ps1)
row piped_item_overhead_us "$value" 50 "$numbers"
IFS='|' read -r value numbers < <(run parallel.ps1)
row parallel_wrong_or_leaked "$value" 0 "$numbers"
