# Sourced by the scripts in the root. Says what it does on standard error, so that --json output stays clean.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s\n' "$*" >&2; }

if ! command -v dotnet >/dev/null; then
  say "hkafer: the .NET 10 SDK is missing; get it from https://dotnet.microsoft.com/download/dotnet/10.0"
  exit 1
fi

# The image codecs are optional: without them tensors, generated faces and the quick start still work.
setup_codecs() {
  [ "$(uname -s)" = Linux ] || return 0
  local missing=() pair
  for pair in libpng16.so.16=libpng16-16 libturbojpeg.so.0=libturbojpeg0 libwebp.so.7=libwebp7; do
    # Not "ldconfig | grep -q": grep leaves early, and pipefail takes the broken pipe for a failure.
    [[ "$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)" == *"${pair%%=*}"* ]] || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    say "hkafer: without ${missing[*]} some pictures cannot be read; install them with this system's package manager"
  elif [ "$(id -u)" -ne 0 ]; then
    say "hkafer: without these some pictures cannot be read; to install them: sudo apt-get install -y ${missing[*]}"
  else
    say "hkafer: installing ${missing[*]}"
    apt-get update -qq >/dev/null 2>&1 || true
    local package
    for package in "${missing[@]}"; do
      # One by one, and Ubuntu's libturbojpeg under its own name: one that is missing must not keep the others away.
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${package%0}" >/dev/null 2>&1 ||
        say "hkafer: could not install $package; going on without, some pictures cannot be read"
    done
  fi
}

# Exported ONNX files are run by the tests where Node.js is: optional, and a few hundred megabytes.
setup_onnxruntime() {
  local place="$1/artifacts/onnxruntime"
  [ -d "$place/node_modules/onnxruntime-node" ] && return 0
  command -v npm >/dev/null || { say "test: without npm exported models are not run; HKAFER_REQUIRE_ONNX=1 makes that a failure"; return 0; }
  say "test: installing ONNX Runtime for Node.js"
  # Under another name until it is whole: what an interruption leaves must not look installed.
  rm -rf "$place" "$place.new"
  mkdir -p "$place.new"
  { npm install --ignore-scripts --fetch-retries=1 --no-audit --no-fund --silent --prefix "$place.new" onnxruntime-node@1.30.0 >/dev/null 2>&1 &&
    mv "$place.new" "$place"; } || { rm -rf "$place.new"; say "test: could not install it; exported models are not run (HKAFER_REQUIRE_ONNX=1 makes that a failure)"; }
}

# A browser opens the reports in tests; without one those tests are skipped by name.
setup_chromium() {
  [ "$(uname -s)" = Linux ] || return 0
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    say "test: without chromium the tests that open reports are skipped; to install it on Debian: sudo apt-get install -y --no-install-recommends chromium"
    return 0
  fi
  say "test: installing chromium"
  apt-get update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 ||
    say "test: could not install chromium; going on without, the tests that open reports are skipped"
}

# Builds the program when a source is newer than the last build.
build_cli() {
  local root="$1" stamp="$1/artifacts/hkafer/.built"
  if [ -f "$stamp" ] && [ -z "$(find "$root/src" "$root/bench" "$root/recipes" "$root/backbones" "$root"/Directory.*.props "$root/global.json" -newer "$stamp" \
      -not -path '*/bin/*' -not -path '*/obj/*' -type f -print -quit)" ]; then
    return 0
  fi
  say "hkafer: building"
  mkdir -p "$root/artifacts"
  local log="$root/artifacts/build.log"
  if ! dotnet publish "$root/src/HkaFer.Cli" -c Release -o "$root/artifacts/hkafer" -v q --nologo >"$log" 2>&1; then
    cat "$log" >&2
    say "hkafer: the build failed (log above)"
    exit 1
  fi
  touch "$stamp"
}
