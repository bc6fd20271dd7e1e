# Shared by the scripts beside it: paths, messages, packages, the service. Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CONFIGURATION=Release
STATE=${TORCH2JAX_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/torch2jax}
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Build servers would outlive the script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

run_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root and there is no sudo; as root, run: $*"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Installs the Debian packages named that are missing; does and says nothing where none is.
need_packages() {
  local missing=() package
  command -v dpkg-query >/dev/null || fail "this is not Debian; install by hand what stands for: $*"
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing from Debian: ${missing[*]}"
  apt_get update -qq
  case " ${missing[*]} " in *" postgresql "*) install_postgresql ;; esac
  apt_get install -y -qq --no-install-recommends "${missing[@]}"
}

apt_get() { run_as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null; }

# Debian's package makes and starts a cluster for the whole machine. The registry runs a private one and must leave none
# behind, so the package is told not to for the length of this installation.
install_postgresql() {
  local switch=/etc/postgresql-common/createcluster.d/torch2jax-quickstart.conf
  apt_get install -y -qq --no-install-recommends postgresql-common
  run_as_root mkdir -p "$(dirname "$switch")"
  echo 'create_main_cluster = false' | run_as_root tee "$switch" >/dev/null
  apt_get install -y -qq --no-install-recommends postgresql
  run_as_root rm -f "$switch"
}

need_dotnet() {
  if ! command -v dotnet >/dev/null && [ -x "$HOME/.dotnet/dotnet" ]; then
    export PATH="$HOME/.dotnet:$PATH" DOTNET_ROOT="$HOME/.dotnet"
  fi
  if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    fail "the .NET 10 SDK is missing. Debian does not carry it; Microsoft's script puts it into ~/.dotnet:
  curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0
then run this again."
  fi
}

# What building takes: the native library's compiler and libtorch with a fast BLAS, and the .NET SDK.
need_build_tools() {
  need_packages g++ cmake ninja-build libtorch-dev libopenblas0-pthread postgresql curl ca-certificates
  need_dotnet
}

build() {
  say "Building ($CONFIGURATION) ..."
  local log
  log=$(mktemp)
  if ! dotnet build "$1" -c "$CONFIGURATION" -v quiet --nologo >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    fail "the build failed"
  fi
  rm -f "$log"
}

# ---- the service -----------------------------------------------------------------------------------------------------
SERVICE_DLL=$ROOT/src/WebApi/bin/$CONFIGURATION/net10.0/Torch2Jax.WebApi.dll
PORT=${TORCH2JAX_PORT:-5080}
ADDRESS=http://127.0.0.1:$PORT

# The pid of the service that these scripts started, where it still runs.
service_pid() {
  local pid
  pid=$(cat "$STATE/service.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q 'Torch2Jax.WebApi' && echo "$pid"
}

stop_service() {
  local pid
  pid=$(service_pid) || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for _ in $(seq 150); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  [ ! -d "/proc/$pid" ] || kill -KILL "$pid"
  rm -f "$STATE/service.pid"
}

# Starts the service in a session of its own, so that it outlives this script and holds none of its descriptors.
start_service() {
  mkdir -p "$STATE"
  if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    fail "port $PORT is taken by another program. Stop it, or choose a port: TORCH2JAX_PORT=5081 scripts/quickstart.sh"
  fi
  say "--- $(date -Is)" >>"$STATE/service.log"
  ASPNETCORE_URLS=$ADDRESS setsid bash -c 'echo $$ >"$0/service.pid"; exec dotnet "$1"' "$STATE" "$SERVICE_DLL" \
    </dev/null >>"$STATE/service.log" 2>&1 &
  for _ in $(seq 600); do
    curl -fsS -o /dev/null "$ADDRESS/health/ready" 2>/dev/null && return 0
    sleep 0.1
    if [ -s "$STATE/service.pid" ] && ! service_pid >/dev/null; then break; fi
  done
  tail -n 20 "$STATE/service.log" >&2
  fail "the service did not become ready; its log is $STATE/service.log"
}
