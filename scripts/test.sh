#!/usr/bin/env bash
# Every test of the repository: format, then each project under tests/ on the real libtorch and a real PostgreSQL.
# The last line is the summary, "N passed, N failed[, N skipped]"; the exit status is 0 only where tests ran and none failed.
#   scripts/test.sh [PROJECT ...]     only these, such as Engine.Tests
. "$(dirname "$0")/lib.sh"

need_build_tools
need_packages clang-format
# Its test is skipped without it; installing it starts a web server, so that is left to machines that only test.
[ "${CI:-}" != true ] || need_packages nginx

# Everything the tests start lives under one short folder (a socket's path is limited to 107 bytes), which other accounts
# may pass through (as root, PostgreSQL runs as another account). The trap ends what is still running under it.
work=$(mktemp -d /tmp/t2j.XXXXXX)
chmod 711 "$work"
export TMPDIR=$work
trap clean_up EXIT
trap 'exit 130' INT TERM

clean_up() {
  local pidfile pid
  while IFS= read -r pidfile; do
    pid=$(head -n 1 "$pidfile")
    say "ending a PostgreSQL that a test left behind (process $pid)"
    kill -INT "$pid" 2>/dev/null || run_as_root kill -INT "$pid" || true
    for _ in $(seq 50); do [ -d "/proc/$pid" ] && sleep 0.1; done
  done < <(find "$work" -name postmaster.pid 2>/dev/null)
  rm -rf "$work"
}

passed=0 failed=0 skipped=0
# check NAME COMMAND...: one line and one count for a check that is not a test project.
check() {
  local name=$1
  shift
  if "$@" >"$work/check.log" 2>&1 </dev/null; then
    say "ok      $name"
    passed=$((passed + 1))
  else
    say "FAILED  $name"
    tail -n 30 "$work/check.log"
    failed=$((failed + 1))
  fi
}

format_csharp() { cd "$ROOT" && dotnet tool restore && dotnet csharpier check .; }
format_native() { cd "$ROOT" && git ls-files -z 'src/Native/*.h' 'src/Native/*.cpp' 'bench/*.cpp' ':!bench/peers' | xargs -0 clang-format --dry-run -Werror; }

counter() { grep -o "<Counters [^>]*>" "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc '0-9'; }

# Why tests were skipped, each reason once.
skip_reasons() {
  tr '\n' ' ' <"$1" | grep -o 'outcome="NotExecuted"[^>]*>\s*<Output>\s*<ErrorInfo>\s*<Message>[^<]*' |
    sed 's/.*<Message>//' | cut -c1-200 | sort | uniq -c | sed 's/^ *\([0-9]*\) /        skipped \1: /' || true
}

# Runs one test project. A project that crashes, or in which nothing ran, counts as one more failure.
run_project() {
  local name=$1 trx=$work/$1.trx status=0 total=0 good=0 bad=0
  say "        $name ..."
  dotnet test "$ROOT/tests/$name" -c "$CONFIGURATION" --no-build --nologo -v quiet --blame-hang-timeout 10m \
    --results-directory "$work" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" >"$work/$name.log" 2>&1 </dev/null || status=$?
  if [ -s "$trx" ]; then
    total=$(counter "$trx" total) good=$(counter "$trx" passed) bad=$(counter "$trx" failed)
  fi
  if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$((good))" -eq 0 ]; }; then
    bad=1
    say "        $name ended with status $status after $total tests"
  fi
  [ "$bad" -eq 0 ] || tail -n 150 "$work/$name.log"
  say "$([ "$bad" -eq 0 ] && echo 'ok     ' || echo 'FAILED ') $name: $good passed, $bad failed, $((total > good + bad ? total - good - bad : 0)) skipped"
  [ "$total" -le "$((good + bad))" ] || skip_reasons "$trx"
  passed=$((passed + good)) failed=$((failed + bad))
  [ "$total" -le "$((good + bad))" ] || skipped=$((skipped + total - good - bad))
}

if [ $# -gt 0 ]; then
  projects=("$@")
  for name in "${projects[@]}"; do build "$ROOT/tests/$name"; done
else
  build "$ROOT/Torch2Jax.Automation.sln"
  check "C# is formatted (dotnet csharpier format .)" format_csharp
  check "C++ is formatted (clang-format -i)" format_native
  projects=()
  for project in "$ROOT"/tests/*/*.csproj; do
    # Some are programs that tests start.
    grep -q '<IsTestProject>false' "$project" || projects+=("$(basename "$(dirname "$project")")")
  done
fi
for name in "${projects[@]}"; do
  [ "$name" != Browser.Tests ] || need_packages chromium
  run_project "$name"
done

summary="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || summary+=", $skipped skipped"
status=0
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || status=1
clean_up
trap - EXIT
say "$summary"
exit "$status"
