import { describe, expect, test } from '@jest/globals';
import { isUnrenderedTemplate } from '../../../src/text/helm-template.ts';

describe('a template that nobody rendered', () => {
  test.each([
    'metadata:\n  name: {{ .Values.name }}\n',
    '{{- if .Values.enabled }}\na: b\n{{- end }}\n',
    '  {{- toYaml .Values.x | nindent 4 }}\n',
    'spec:\n  - {{ .Release.Name }}\n',
    '{{ template "base" . }}\n[plugins]\n',
    'root = {{ .DataRoot }}\n',
    'a: {{"x"}}\n',
  ])('is told: %j', (text) => {
    expect(isUnrenderedTemplate(text)).toBe(true);
  });

  test.each([
    '',
    'summary: "{{ $labels.pod }} is down"\n',
    "args: ['{{inputs.parameters.x}}']\n",
    'a: b {{ c }}\n',
    'a: {{}}\n',
    '{a: {b: c}}\n',
    '# see {{ .Values.name }}\n',
  ])('is not what has braces elsewhere: %j', (text) => {
    expect(isUnrenderedTemplate(text)).toBe(false);
  });
});
