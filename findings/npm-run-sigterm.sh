#!/usr/bin/env bash
# SIGTERM to `npm run` ends npm, and leaves the script's program running.
#
# Guess:     whoever ends `npm run` (a CI's time limit, a supervisor, `timeout`) ends the program with it: npm hands SIGINT and
#            SIGTERM on to its child (@npmcli/run-script, lib/signal-manager.js).
# Version:   npm 12.2.2, dash 0.5.12 as /bin/sh (Debian 12).
# Behaviour: npm's child is the shell. dash ends by SIGTERM at once and hands nothing on: npm ends with 143, as asked, while the
#            program goes on as an orphan, with all that it holds. Only Ctrl-C in a terminal is sound, since that goes to the whole
#            group. With bash as the script's shell the same signal ends the program, because bash becomes the one command of a
#            script; so what was tried on a machine whose /bin/sh is bash breaks where it is dash. SIGHUP npm hands on to nobody.
# Way out:   "script": "exec node program.js" in package.json: then the shell is the program, whichever shell it is.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

install_npm node@26.10.0 npm@12.2.2

cat >program.mjs <<'JS'
import { writeFileSync } from 'node:fs';
writeFileSync('pid', String(process.pid));
setTimeout(() => {}, 60_000);
JS
cat >package.json <<'JSON'
{"private":true,"type":"module","scripts":{"plain":"node program.mjs","exec":"exec node program.mjs"}}
JSON

# after SIGNAL SCRIPT SHELL: what is left when npm alone was sent a signal.
after() {
  local npm code=0 pid
  rm -f pid
  npm run --silent --script-shell="$3" "$2" >npm.log 2>&1 &
  npm=$!
  until [ -s pid ]; do sleep 0.1; done
  pid=$(cat pid)
  kill -"$1" "$npm"
  wait "$npm" 2>/dev/null || code=$?
  sleep 0.5
  if kill -KILL "$pid" 2>/dev/null; then echo "npm ended with $code, the program went on"; else echo "npm ended with $code, and the program"; fi
}

expect 'SIGTERM, dash' "$(after TERM plain dash 2>/dev/null)" 'npm ended with 143, the program went on'
expect 'SIGTERM, bash' "$(after TERM plain bash 2>/dev/null)" 'npm ended with 143, and the program'
expect 'SIGHUP, bash' "$(after HUP plain bash 2>/dev/null)" 'npm ended with 129, the program went on'
expect 'SIGTERM, dash, exec' "$(after TERM exec dash 2>/dev/null)" 'npm ended with 143, and the program'
