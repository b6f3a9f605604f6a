/**
 * Completion for bash, from 3.2 on, with or without the package bash-completion. It evaluates nothing of the line, and declares
 * nothing but its function, so that it can be sourced again.
 *
 * `complete` answers a line for each word, with its description behind a tab, and last a colon and directives, added up: 8 for
 * files with these endings, 16 for directories, 4 for no files. Source: Cobra, "Generating shell completions".
 */
export const bashCompletion = `# bash completion for shimgate

__shimgate_complete() {
  local words=() joins='' word line out directive i
  # Bash takes "=" for a word of its own.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    word=\${word#[\\"\\']}
    word=\${word%[\\"\\']}
    if [[ ( $word == = || -n $joins ) && \${#words[@]} -gt 0 ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == = ]]; then joins=yes; else joins=''; fi
  done
  local cur=\${COMP_WORDS[COMP_CWORD]}
  if [[ $cur == = ]]; then cur=''; fi

  COMPREPLY=()
  out=$(shimgate complete -- "\${words[@]}" 2>/dev/null) || return
  directive=\${out##*:}
  local answers=()
  while IFS= read -r line; do
    if [[ -n $line && $line != :* ]]; then answers+=("\${line%%$'\\t'*}"); fi
  done <<<"$out"

  if ((directive & 24)); then
    compopt -o filenames +o default 2>/dev/null
    while IFS= read -r line; do
      if [[ -d $line ]]; then COMPREPLY+=("$line"); continue; fi
      if ((directive & 16)); then continue; fi
      for word in "\${answers[@]}"; do
        if [[ $line == *."$word" ]]; then COMPREPLY+=("$line"); fi
      done
    done < <(compgen -f -- "$cur")
    return
  fi
  if ((directive & 4)); then compopt +o default 2>/dev/null; fi
  if ((\${#answers[@]} > 0)); then COMPREPLY=("\${answers[@]}"); fi
}

# Without an answer readline completes files, where these are not turned off.
complete -o default -F __shimgate_complete shimgate
`;

/**
 * What kubectl runs for `kubectl shimgate <TAB>`, under the name kubectl_complete-shimgate on PATH.
 *
 * Source: Kubernetes, kubectl, pkg/cmd/plugin_completion.go.
 */
export const kubectlCompletion = `#!/bin/sh
# Save as kubectl_complete-shimgate, executable and on PATH, beside kubectl-shimgate.
exec kubectl-shimgate complete -- "$@"
`;
