#!/bin/sh
# One development request from a branch to Production, through the REST API alone.
#
#     make up                              # in another terminal
#     docs/guides/story.sh DIR             # leaves DIR/BRM.pdf and DIR/UAT.pdf
#
# Needs curl and python3 (only to read JSON). Everything here is a call that any program of yours could make;
# $BASE/api/v1/docs/ describes each of them. Elsewhere than on this machine: BASE=https://itsm.example.co.id.
set -eu

DIR=${1:?"usage: $0 DIR"}
BASE=${BASE:-http://127.0.0.1:${PORT:-8000}}
PASSWORD=${PASSWORD:-kumala-demo-2026} # of the demo accounts; Director, Board and requester sign with theirs
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
PYTHON=${PYTHON:-$ROOT/.venv/bin/python}
KEYS=$(mktemp -d) # tokens stay in files: a command line can be read by everybody on this machine
trap 'rm -rf "$KEYS"' EXIT
mkdir -p "$DIR"

# --- Small tools --------------------------------------------------------------------------------------------------

say() { printf '\n%s\n' "$*"; }

# api WHO METHOD PATH [more for curl]: the answer. A refusal (4xx) ends the story and shows why.
api() {
  who=$1 method=$2 path=$3
  shift 3
  if ! curl --silent --show-error --fail-with-body --max-time 30 --config "$KEYS/$who" \
    --request "$method" "$BASE/api/v1/$path" "$@" >"$KEYS/answer"; then
    cat "$KEYS/answer" >&2
    exit 1
  fi
  cat "$KEYS/answer"
}

# send WHO METHOD PATH JSON
send() { api "$1" "$2" "$3" --header 'Content-Type: application/json' --data "$4"; }

# refused RULE WHO METHOD PATH JSON: the call must be refused by this clause of the SOP.
refused() {
  rule=$1 who=$2 method=$3 path=$4
  curl --silent --show-error --max-time 30 --config "$KEYS/$who" --header 'Content-Type: application/json' \
    --request "$method" "$BASE/api/v1/$path" --data "$5" >"$KEYS/refusal"
  test "$(get rule <"$KEYS/refusal")" = "$rule"
  echo "  refused by $rule: $(get detail <"$KEYS/refusal")"
}

# get a.b.0: one value out of the JSON on standard input.
get() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if key.isdigit() else value[key]
print(value)' "$1"
}

# sign WHO FORM NAME: read what one signs, then approve exactly that, with the password and a typed name.
sign() {
  form=$(api "$1" GET "approvals/$2/")
  shown=$(printf '%s' "$form" | get content_hash)
  consent=$(printf '%s' "$form" | get consent.version)
  send "$1" POST "approvals/$2/decide/" \
    "{\"outcome\": \"approve\", \"shown_hash\": \"$shown\", \"consent_version\": \"$consent\",
      \"secret\": \"$PASSWORD\", \"typed_name\": \"$3\"}" | get state
}

# pdf FORM FILE: a worker makes the document within seconds of the decision; until then the answer is 409.
pdf() {
  for _ in $(seq 60); do
    if curl --silent --fail --max-time 30 --config "$KEYS/requester" --output "$2" "$BASE/api/v1/approvals/$1/document/"; then
      echo "  $2"
      return
    fi
    sleep 1
  done
  echo "The document of form $1 was not made within a minute." >&2
  exit 1
}

# --- Who acts ------------------------------------------------------------------------------------------------------

say "Everybody gets a token of their own (manage.py api_token EMAIL prints it once)."
for who in requester agent it.manager director board; do
  token=$("$PYTHON" "$ROOT/manage.py" api_token "$who@kumala.example" --name "docs/guides/story.sh")
  (umask 077 && printf 'header = "Authorization: Token %s"\n' "$token" >"$KEYS/$who")
  echo "  $(api "$who" GET me/ | get name)"
done

# --- 1. A branch asks ------------------------------------------------------------------------------------------------

say "1. The requester asks for a development, with a file. The same Idempotency-Key never makes two requests."
echo "tanggal;jam masuk;jam pulang;lembur" >"$KEYS/contoh-lembur.txt"
key=$(python3 -c 'import uuid; print(uuid.uuid4())')
for attempt in first second; do
  ticket=$(api requester POST tickets/ --header "Idempotency-Key: $key" \
    --form kind=development --form title="Rekap lembur otomatis" \
    --form description="Lembur masih direkap dengan tangan setiap akhir bulan." \
    --form details.benefit="16 jam kerja per bulan" --form attachments=@"$KEYS/contoh-lembur.txt" | get id)
  echo "  $attempt call: ticket $ticket"
done

# --- 2. The IT Manager receives it -------------------------------------------------------------------------------------

say "2. The IT Manager accepts it: priority, who does it, 24 hours. The answer stops the two-hour clock."
agent=$(api agent GET me/ | get id)
send it.manager POST "tickets/$ticket/accept/" \
  "{\"priority\": \"high\", \"assignee\": $agent, \"estimate_hours\": \"24\", \"answer_text\": \"Kami mulai setelah BRM disetujui.\"}" |
  get sentence

say "   More than 20 hours: the agent chooses the system, but the work is held."
development=$(api agent GET "developments/?ticket=$ticket" | get results.0.id)
system=$(api agent GET systems/ | get results.0.id)
send agent POST "developments/$development/plan/" "{\"system\": $system}" | get system.name
send agent POST "developments/$development/prepare/" '{"rollback_plan": "Build sebelumnya dipasang kembali.",
    "risks": {"money": false, "data": true, "downtime": false, "irreversible": false}}' | get rollback_plan
refused SOP-A5 agent POST "developments/$development/start/" '{}'

# --- 3. Director and Board approve the BRM -------------------------------------------------------------------------------

say "3. The requester completes the BRM form that was opened, over the version just read, and submits it."
brm=$(api requester GET "approvals/?ticket=$ticket&kind=brm" | get results.0.id)
version=$(api requester GET "approvals/$brm/" | get version)
send requester PATCH "approvals/$brm/" "{\"version\": $version, \"content\": {
  \"objective\": \"Lembur terhitung sendiri dari absensi.\",
  \"benefit\": \"16 jam kerja per bulan di tiap cabang.\",
  \"if_not_done\": \"Rekap tetap dengan tangan, salah hitung terulang.\",
  \"scope\": \"Satu laporan dan satu aturan lembur.\",
  \"risk\": \"Kecil; diuji di Training.\"}}" | get number
api requester POST "approvals/$brm/submit/" | get waits_for

say "   The Director, then the Board: what waits for me, read it, sign it."
for who in director board; do
  api "$who" GET 'approvals/?waiting=me' | get results.0.number
  sign "$who" "$brm" "$(api "$who" GET me/ | get name)"
done

# --- 4. Trial, then Training -----------------------------------------------------------------------------------------------

say "4. The agent starts, books hours, and deploys build 1.0.0 on Trial, then on Training."
api agent POST "developments/$development/start/" | get stage
send agent POST "developments/$development/hours/" \
  "{\"day\": \"$(date -d yesterday +%F)\", \"hours\": \"6.5\", \"note\": \"Aturan lembur dan laporan\"}" | get hours
build=$(send agent POST "developments/$development/builds/" '{"version": "1.0.0"}' | get id)
refused SOP-A2 agent POST deployments/ "{\"build\": $build, \"environment\": \"training\"}"
send agent POST deployments/ "{\"build\": $build, \"environment\": \"trial\"}" | get result
send agent POST deployments/ "{\"build\": $build, \"environment\": \"training\",
  \"scenarios\": [\"Hitung lembur satu karyawan\", \"Unduh rekap satu bulan\"]}" | get result

say "   Nothing is released before the user has signed."
refused SOP-A6 it.manager POST deployments/ "{\"build\": $build, \"environment\": \"production\"}"

# --- 5. The user tests -------------------------------------------------------------------------------------------------------

say "5. The requester runs the scenarios on Training and signs the UAT of exactly this build."
uat=$(api requester GET "approvals/?ticket=$ticket&kind=uat" | get results.0.id)
send requester POST "approvals/$uat/results/" \
  '{"results": [{"result": "passed"}, {"result": "passed", "note": "Sama dengan hitungan kami."}]}' | get content.build
api requester POST "approvals/$uat/submit/" | get state
sign requester "$uat" "$(api requester GET me/ | get name)"

# --- 6. Production --------------------------------------------------------------------------------------------------------------

say "6. The IT Manager releases the signed build; another build is refused."
other=$(send agent POST "developments/$development/builds/" '{"version": "1.0.1"}' | get id)
refused SOP-A2 it.manager POST deployments/ "{\"build\": $other, \"environment\": \"production\"}"
send it.manager POST deployments/ "{\"build\": $build, \"environment\": \"production\"}" | get result
test "$(api requester GET "tickets/$ticket/" | get status)" = done

# --- 7. What is left ----------------------------------------------------------------------------------------------------------------

say "7. The history, newest first, and the two documents."
api requester GET "tickets/$ticket/timeline/?page_size=100" | python3 -c '
import json, sys
for event in json.load(sys.stdin)["results"]:
    print(" ", event["at"][11:19], event["who"], event["sentence"])'
pdf "$brm" "$DIR/BRM.pdf"
pdf "$uat" "$DIR/UAT.pdf"
