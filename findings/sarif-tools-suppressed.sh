#!/usr/bin/env bash
# sarif-tools counts results that are suppressed, or gone since the baseline, as errors: its --check fails on them.
#
# Guess:     SARIF 2.1.0: a result whose suppressions are all accepted is suppressed (3.27.23), baselineState "absent"
#            is a result of the run before that is not in this one (3.27.24), and a hierarchical ruleId takes its rule
#            by the leading part (3.27.5). A reader that gates a pipeline leaves the first two out and finds the rule
#            of the third.
# Version:   sarif-tools 3.0.5 (PyPI).
# Behaviour: All count. `sarif --check error` ends with 1 for a file whose only results are suppressed in source, or
#            fixed. The level of "R1/part" is not that of rule R1 but the default, warning. A level that is absent is
#            taken from the rule, and kind "pass" is "none": both as the standard says.
# Way out:   sarif-tools' filter file, which knows suppression; drop "absent" results before.
# Time:      one minute.
. "$(dirname "$0")/setup.bash"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check sarif-tools==3.0.5

# check RESULT: what a file with that one result counts as, and the exit code of --check error.
check() {
  cat >results.sarif <<JSON
{
  "version": "2.1.0",
  "runs": [{
    "tool": { "driver": { "name": "t", "rules": [{ "id": "R1", "defaultConfiguration": { "level": "error" } }] } },
    "results": [{ "message": { "text": "m" }, $1 }]
  }]
}
JSON
  local code=0
  python/bin/sarif --check error summary results.sarif >summary || code=$?
  echo "$(grep -E '^[a-z]+: [1-9]' summary), exit code $code"
}

expect 'open' "$(check '"ruleId": "R1"')" 'error: 1, exit code 1'
expect 'suppressed in source' "$(check '"ruleId": "R1", "suppressions": [{ "kind": "inSource" }]')" 'error: 1, exit code 1'
expect 'suppression accepted' "$(check '"ruleId": "R1", "suppressions": [{ "kind": "external", "status": "accepted" }]')" \
  'error: 1, exit code 1'
expect 'gone since the baseline' "$(check '"ruleId": "R1", "baselineState": "absent"')" 'error: 1, exit code 1'
expect 'a part of the rule' "$(check '"ruleId": "R1/part"')" 'warning: 1, exit code 0'
expect 'passed' "$(check '"ruleId": "R1", "kind": "pass"')" 'none: 1, exit code 0'
