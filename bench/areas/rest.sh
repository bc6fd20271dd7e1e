# The REST API against FastAPI on uvicorn, the service most PyTorch users would write (sourced by scripts/bench.sh).
need_build_tools
need_packages wrk python3-torch python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-ujson
build "$ROOT/src/WebApi/Torch2Jax.WebApi.csproj"

rounds=3 seconds=${BENCH_SECONDS:-5}
work=$(mktemp -d /tmp/t2j.XXXXXX)
chmod 711 "$work"
export TORCH2JAX_DATA=$work/data OMP_NUM_THREADS=1
peer=http://127.0.0.1:5091
STATE=$work/state PORT=5090 ADDRESS=http://127.0.0.1:5090
page=$ROOT/bench/results/rest.md
trap 'stop_service; kill "$peer_pid" 2>/dev/null || true; dotnet "$SERVICE_DLL" database stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

/usr/bin/python3 "$ROOT/bench/peers/fastapi_peer.py" 5091 >"$work/peer.log" 2>&1 </dev/null &
peer_pid=$!
start_service
for name in sin_plus_x cross_entropy; do
  source=$(sed 's/$/\\n/' "$ROOT/bench/peers/functions/$name.ts" | tr -d '\n')
  curl -fsS -o /dev/null -H 'Content-Type: application/json' "$ADDRESS/api/functions" \
    -d "{\"name\":\"$name\",\"source\":\"$source\"}"
done
for _ in $(seq 100); do curl -s -o /dev/null "$peer/docs" && break || sleep 0.2; done

# load URL BODY TYPE -> "requests/s p99-in-ms"
load() {
  cat >"$work/wrk.lua" <<LUA
local file = assert(io.open("$2", "rb"))
wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", file:read("*a"), "$3"
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %f %f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3, failed))
end
LUA
  local result
  result=$(wrk -t1 -c8 -d"${seconds}s" -s "$work/wrk.lua" "$1" | sed -n 's/^RESULT //p')
  [ "${result##* }" = 0 ] || fail "$1: ${result##* } requests failed"
  echo "${result% *}"
}

# row NAME GOAL OUR-URL PEER-URL BODY TYPE: the round in the middle of rounds in turn.
row() {
  local i
  : >"$work/rounds"
  for i in $(seq "$rounds"); do
    echo "$(load "$3" "$5" "$6") $(load "$4" "$5" "$6")" >>"$work/rounds"
  done
  awk '{ print $1 / $3, $0 }' "$work/rounds" | sort -n | awk -v name="$1" -v goal="$2" -v middle=$(((rounds + 1) / 2)) -v page="$page" '
    NR == middle {
      verdict = $1 >= goal && $3 <= $5 ? "ok" : "short"
      printf "%s ratio=%.2f goal=%.2f %s\n", name, $1, goal, verdict
      printf "| %s | %.2f | %.2f | %s | ours %.0f/s, p99 %.2f ms; peer %.0f/s, p99 %.2f ms |\n", name, $1, goal, verdict, $2, $3, $4, $5 >>page
    }'
}

mkdir -p "$ROOT/bench/results"
printf '# REST\n\n%s, %s cores of %s. 8 connections of wrk, one torch thread each side, %s rounds of %s s in turn; requests/s, ours over the peer'"'"'s.\n\n| row | ratio | goal | | numbers |\n| --- | --- | --- | --- | --- |\n' \
  "$(date -u +%F)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$rounds" "$seconds" >"$page"
# The peer reads flat data alone, so both get it.
/usr/bin/python3 - "$ROOT/samples/cross_entropy/invoke.json" "$work/flat.json" <<'PYTHON'
import json
import sys

body = json.load(open(sys.argv[1]))
body["args"][0]["data"] = [x for row in body["args"][0]["data"] for x in row]
json.dump(body, open(sys.argv[2], "w"))
PYTHON
row rest_json_cross_entropy 5 "$ADDRESS/api/functions/cross_entropy/invoke" "$peer/json/cross_entropy" \
  "$work/flat.json" application/json
