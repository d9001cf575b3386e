#!/usr/bin/env bash
# Sends flowers to the Iris deployment and shows each answer with its response time.
# Usage: scripts/calls.sh [--repetitions=N | --N=N] [--url=URL] [a,b,c,d]
#   a,b,c,d   sepal length, sepal width, petal length, petal width in cm; without them each request draws its own from 0.20 to 7.00
# The server is --url, else TRAINYARD_URL, else http://127.0.0.1:8000. TRAINYARD_TOKEN is sent where it is set.
# Exit code: 0 when every request was answered, 1 otherwise.
set -u

repetitions=1
url="${TRAINYARD_URL:-http://127.0.0.1:8000}"
values=""

fail() {
  echo "error: $1" >&2
  exit 1
}

for argument in "$@"; do
  case "$argument" in
    --repetitions=* | --N=* | --n=*) repetitions="${argument#*=}" ;;
    --url=*) url="${argument#*=}" ;;
    -h | --help)
      sed -n '2,6s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    -*) fail "unknown option $argument" ;;
    *) values="$argument" ;;
  esac
done

[[ "$repetitions" =~ ^[1-9][0-9]*$ ]] || fail "--repetitions must be a whole number from 1, not '$repetitions'"
command -v curl > /dev/null || fail "curl is not installed"

number='-?[0-9]+(\.[0-9]+)?'
if [[ -n "$values" ]]; then
  values="${values//[\[\] ]/}"
  [[ "$values" =~ ^$number(,$number){3}$ ]] || fail "give exactly 4 numbers such as [5.1,3.5,1.4,0.2], not '$values'"
fi

# 0.20 to 7.00 in hundredths.
draw() {
  local hundredths=$((20 + (RANDOM * 32768 + RANDOM) % 681))
  printf '%d.%02d' $((hundredths / 100)) $((hundredths % 100))
}

headers=(-H 'Content-Type: application/json')
[[ -n "${TRAINYARD_TOKEN:-}" ]] && headers+=(-H "Authorization: Bearer $TRAINYARD_TOKEN")

failed=0
for ((i = 1; i <= repetitions; i++)); do
  row="${values:-$(draw),$(draw),$(draw),$(draw)}"
  IFS=, read -r a b c d <<< "$row"
  body="{\"SepalLengthCm\":$a,\"SepalWidthCm\":$b,\"PetalLengthCm\":$c,\"PetalWidthCm\":$d}"
  # The last line that curl prints holds the status and the time.
  answer="$(curl -sS --max-time 30 -w $'\n%{http_code} %{time_total}' "${headers[@]}" -d "$body" "${url%/}/predict" 2>&1)"
  code=$?
  trailer="${answer##*$'\n'}"
  status="${trailer%% *}"
  echo "Request $i"
  echo "  Input:         $body"
  if [[ $code -eq 0 && "$status" =~ ^2[0-9][0-9]$ ]]; then
    echo "  Response:      ${answer%$'\n'*}"
    echo "  Response time: ${trailer#* } s"
  else
    echo "  Response:      FAILED (${answer//$'\n'/ })"
    failed=$((failed + 1))
  fi
done

if ((failed > 0)); then
  echo "$failed of $repetitions requests failed" >&2
  exit 1
fi
