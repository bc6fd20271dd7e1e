#!/usr/bin/env bash
# One night's batch, for cron and systemd timers (docs/batches.md). It needs no PowerShell and no variable of a login shell.
#   scripts/nightly-batch.sh [-t TOOL] [-l LOG] [-s SUMMARY] [-k LOCK] MANIFEST [OPTION OF torch2jax batch run ...]
# What an earlier night left unfinished is finished first. While one runs, another of the same manifest does nothing. Every
# line is logged with its time; the exit code is that of torch2jax (docs/command-line.md), or 75 where one runs already.
set -uo pipefail

readonly USAGE=2 BUSY=75
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool='' log='' summary='' lock=''

refuse() {
  printf 'nightly-batch.sh: %s\n' "$*" >&2
  sed -n '3s/^#  */usage: /p' "${BASH_SOURCE[0]}" >&2
  exit "$USAGE"
}

while getopts ':t:l:s:k:' option; do
  case $option in
    t) tool=$OPTARG ;;
    l) log=$OPTARG ;;
    s) summary=$OPTARG ;;
    k) lock=$OPTARG ;;
    :) refuse "-$OPTARG needs a value" ;;
    *) refuse "there is no option -$OPTARG" ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || refuse 'which manifest?'
[ -f "$1" ] && [ -r "$1" ] || refuse "there is no file '$1' that can be read"
manifest=$(realpath -- "$1") || refuse "'$1' is no path"
shift
for option in "$@"; do
  case $option in -*) ;; *) refuse "'$option' is one too many; options are written --name=value" ;; esac
done

# The tool that was named, the one of an installation beside this script, the one that was built here, or any on the PATH.
if [ -z "$tool" ]; then
  for tool in "$here/torch2jax" "$here/../src/Tool/bin/Release/net10.0/torch2jax" "$(command -v torch2jax)"; do
    [ -x "$tool" ] && break
  done
fi
[ -x "$tool" ] || refuse 'torch2jax is not on the PATH; name it with -t, or build it: dotnet build src/Tool -c Release'
# cron has almost no environment: .NET is looked for where its installers put it.
if [ -z "${DOTNET_ROOT:-}" ] && ! command -v dotnet >/dev/null; then
  for folder in "${HOME:-/nonexistent}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
    [ ! -x "$folder/dotnet" ] || { export DOTNET_ROOT=$folder && break; }
  done
fi

if [ -z "$lock" ]; then
  folder=${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}
  lock=$folder/torch2jax-nightly-$(id -u)-$(printf '%s' "$manifest" | sha256sum | cut -c1-16).lock
fi
[ ! -L "$lock" ] || refuse "the lock '$lock' is a symbolic link"
exec 8>>"$lock" || refuse "the lock '$lock' cannot be written"

# Times before lines; a descriptor of its own, so that the last line is out before this script ends.
if [ -n "$log" ]; then
  exec 3>>"$log" || refuse "the log '$log' cannot be written"
else
  exec 3>&1
fi
exec 4> >(exec 8>&-; export TZ=UTC; while IFS= read -r line; do printf '%(%Y-%m-%dT%H:%M:%SZ)T %s\n' -1 "$line"; done >&3)
logger=$!
finish() {
  printf '%s\n' "$2" >&4
  exec 4>&-
  wait "$logger"
  exit "$1"
}

flock -n 8 || finish "$BUSY" "another run of $manifest is under way; nothing is done"
printf '%s\n' "begins: $manifest" >&4
arguments=(batch run "$manifest" --continue --plain "$@")
[ -z "$summary" ] || arguments+=("--summary=$summary")
# The lock is this script's alone: a tool that nobody waits for any more must not keep the next night out.
"$tool" "${arguments[@]}" 1>&4 2>&4 3>&- 4>&- 8>&- </dev/null &
batch=$!
# Whoever ends this script (systemd, a shutdown) ends the batch in order, and hears how that went.
trap 'kill -TERM "$batch" 2>/dev/null' TERM INT HUP
while :; do
  wait "$batch"
  code=$?
  kill -0 "$batch" 2>/dev/null || break
done
case $code in
  0) finish 0 'ends: complete' ;;
  7) finish 7 'ends: complete but for chunks that were left out' ;;
  8) finish 8 'ends: failed; the next run goes on with it' ;;
  9) finish 9 'ends: stopped by somebody' ;;
  130 | 143) finish "$code" 'ends: interrupted; the next run goes on with it' ;;
  *) finish "$code" "ends: exit code $code" ;;
esac
