"""config: from the files of an installation to settings and a policy that fit together.

In      `config/gateway.yaml` and the policy folder
Out     frozen `Settings`; a `Policy` that was parsed, proved and tested
Laws    every complaint at once, with file, line and column; nothing is coerced (`no` is text, `0755` is no number);
        a route whose channel is missing, or weaker than the network it promises, does not load; secrets are never here
Fails   `Invalid`; `NotFound` where a file or folder is missing
"""
