# The REST API against FastAPI on uvicorn, the service most PyTorch users would write (sourced by scripts/bench.sh).
need_build_tools
need_packages wrk python3-torch python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-ujson
build "$ROOT/src/WebApi/Torch2Jax.WebApi.csproj"

rounds=3 seconds=${BENCH_SECONDS:-4}
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

register() { # register NAME SOURCE
  curl -fsS -o /dev/null -H 'Content-Type: application/json' "$ADDRESS/api/functions" -d "{\"name\":\"$1\",\"source\":\"$2\"}"
}
for name in sin_plus_x cross_entropy; do
  register "$name" "$(sed 's/$/\\n/' "$ROOT/bench/peers/functions/$name.ts" | tr -d '\n')"
done
register twice 'def twice(x: Tensor) -> Tensor:\n    return x + x\n'
register product 'def product(x: Tensor) -> Tensor:\n    return torch.matmul(x, x).sum()\n'
for _ in $(seq 100); do curl -s -o /dev/null "$peer/docs" && break || sleep 0.2; done

# load URL BODY TYPE CONNECTIONS [SECONDS] -> "requests/s p99-in-ms"
load() {
  cat >"$work/wrk.lua" <<LUA
local file = assert(io.open("$2", "rb"))
wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", file:read("*a"), "$3"
if "$3" == "application/octet-stream" then wrk.headers["Accept"] = "$3" end
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %f %f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3, failed))
end
LUA
  local result
  result=$(wrk -t1 "-c$4" "-d${5:-$seconds}s" --timeout 20s -s "$work/wrk.lua" "$1" | sed -n 's/^RESULT //p')
  [ "${result##* }" = 0 ] || fail "$1: ${result##* } requests failed"
  echo "${result% *}"
}

verdict() { awk "BEGIN { if ($1) print \"ok\"; else print \"short\" }"; }
machine_load() { cut -d' ' -f1 /proc/loadavg; }
note() { # note NAME RATIO GOAL VERDICT NUMBERS: a row, printed and kept
  printf '%s ratio=%.2f goal=%.2f %s\n' "$1" "$2" "$3" "$4"
  printf '| %s | %.2f | %.2f | %s | %s; load %s |\n' "$1" "$2" "$3" "$4" "$5" "$(machine_load)" >>"$page"
}

# row NAME GOAL OUR-URL PEER-URL BODY TYPE CONNECTIONS: the round in the middle of rounds in turn.
row() {
  local i ratio ours our_p99 theirs their_p99
  : >"$work/rounds"
  for i in $(seq "$rounds"); do
    echo "$(load "$3" "$5" "$6" "$7") $(load "$4" "$5" "$6" "$7")" >>"$work/rounds"
  done
  read -r ratio ours our_p99 theirs their_p99 < <(awk '{ print $1 / $3, $0 }' "$work/rounds" | sort -n | sed -n "$(((rounds + 1) / 2))p")
  note "$1" "$ratio" "$2" "$(verdict "$ratio >= $2 && $our_p99 <= $their_p99")" "$(printf 'ours %.0f/s, p99 %.2f ms; peer %.0f/s, p99 %.2f ms' "$ours" "$our_p99" "$theirs" "$their_p99")"
}

resident() { awk "/^$2:/ { print int(\$2 / 1024) }" "/proc/$1/status"; } # resident PID VmRSS|VmHWM -> MiB

# copies NAME TYPE URL BODY HEADER...: the most memory a 1 GiB array takes on its way in and out, in copies of it.
copies() {
  local name=$1 type=$2 url=$3 body=$4 before peak
  shift 4
  echo 5 >"/proc/$pid/clear_refs"
  before=$(resident "$pid" VmRSS)
  curl -fsS -o /dev/null -X POST -T "$body" -H "Content-Type: $type" -H "Accept: $type" -H 'Expect:' "$@" "$ADDRESS$url"
  peak=$(resident "$pid" VmHWM)
  local ratio
  ratio=$(awk "BEGIN { print ($peak - $before) / 1024 }")
  note "$name" "$ratio" 2.1 "$(verdict "$ratio <= 2.1")" "from $before to $peak MiB at most"
}

mkdir -p "$ROOT/bench/results"
cat >"$page" <<PAGE
# REST

$(date -u +%F), $(grep -c ^processor /proc/cpuinfo) cores of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1). This service and bench/peers/fastapi_peer.py in turn, one torch thread each, wrk with 1, 8
and 32 connections, $rounds rounds of $seconds s, the middle one; requests/s, ours over the peer's, and ok only where our p99 is not above its. \`load\` is
the machine's load average when the row was done: where it is above 1, others used the cores too.

| row | ratio | goal | | numbers |
| --- | --- | --- | --- | --- |
PAGE
# The peer reads flat data alone, so both get it.
/usr/bin/python3 - "$ROOT/samples/cross_entropy/invoke.json" "$work" <<'PYTHON'
import json
import struct
import sys

work = sys.argv[2]
body = json.load(open(sys.argv[1]))
body["args"][0]["data"] = [x for row in body["args"][0]["data"] for x in row]
json.dump(body, open(work + "/flat.json", "w"))
values = [i % 1000 / 7 for i in range(1 << 20)]
open(work + "/4mib.bin", "wb").write(struct.pack(f"<{len(values)}f", *values))
data = [round(x, 4) for x in values]
json.dump({"args": [{"dtype": "float32", "shape": [1024, 1024], "data": data}]}, open(work + "/4mib.json", "w"))
open(work + "/1mib.bin", "wb").write(struct.pack(f"<{1 << 18}f", *values[: 1 << 18]))
PYTHON
call=$ADDRESS/api/functions
# Both warm: just-in-time compilers and caches are another matter.
load "$call/cross_entropy/invoke" "$work/flat.json" application/json 8 10 >/dev/null
load "$peer/json/cross_entropy" "$work/flat.json" application/json 8 3 >/dev/null
for c in 1 8 32; do
  row "rest_json_cross_entropy_${c}_connections" 5 "$call/cross_entropy/invoke" "$peer/json/cross_entropy" "$work/flat.json" application/json "$c"
done
for c in 1 8 32; do
  row "rest_binary_4_MiB_${c}_connections" 1.5 "$call/sin_plus_x/invoke?dtype=float32&shape=1024,1024" \
    "$peer/binary/sin_plus_x?rows=1024&cols=1024" "$work/4mib.bin" application/octet-stream "$c"
done
# Part of the load, as users send it; what it costs is no row of its own (the peer cannot write JSON of this size fast).
json_4mib="$(load "$call/sin_plus_x/invoke" "$work/4mib.json" application/json 4) $(load "$peer/json/sin_plus_x" "$work/4mib.json" application/json 4)"
say "json_4_MiB ours and peer, requests/s and p99 in ms: $json_4mib"

# What is kept for reuse goes back where nothing runs for a while: both get that while.
sleep 35
pid=$(service_pid)
ours=$(resident "$pid" VmRSS) theirs=$(resident "$peer_pid" VmRSS)
ratio=$(awk "BEGIN { print $ours / $theirs }")
note rest_memory_after_the_load "$ratio" 0.5 "$(verdict "$ratio <= 0.5")" "ours $ours MiB resident, peer $theirs MiB"

# CPU threads are divided: many clients together are not slower than two.
two=$(load "$call/product/invoke?dtype=float32&shape=512,512" "$work/1mib.bin" application/octet-stream 2)
many=$(load "$call/product/invoke?dtype=float32&shape=512,512" "$work/1mib.bin" application/octet-stream 32)
ratio=$(awk "BEGIN { print ${many% *} / ${two% *} }")
note rest_matmul_512_32_clients_over_2 "$ratio" 0.9 "$(verdict "$ratio >= 0.9")" \
  "32 clients $(printf %.0f "${many% *}")/s, 2 clients $(printf %.0f "${two% *}")/s"

kill "$peer_pid"
truncate -s 1G "$work/1gib.bin"
header="{'descr': '<f4', 'fortran_order': False, 'shape': (268435456,), }"
{
  printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header"
  cat "$work/1gib.bin"
} >"$work/1gib.npy"
infer='{"inputs":[{"name":"x","datatype":"FP32","shape":[268435456],"parameters":{"binary_data_size":1073741824}}],"parameters":{"binary_data_output":true}}'
{
  printf %s "$infer"
  cat "$work/1gib.bin"
} >"$work/1gib.v2"
copies rest_1_GiB_octets_copies application/octet-stream "/api/functions/twice/invoke?dtype=float32&shape=268435456" "$work/1gib.bin"
copies rest_1_GiB_npy_copies application/x-npy /api/functions/twice/invoke "$work/1gib.npy"
copies rest_1_GiB_v2_binary_copies application/octet-stream /v2/models/twice/infer "$work/1gib.v2" -H "Inference-Header-Content-Length: ${#infer}"
