import Testing

@Suite("A mistake in the configuration file")
struct ConfigurationMessagesTests {
  static let single: [(String, String)] = [
    // Unknown settings.
    ("window: 15m", "1: window: unknown setting; did you mean \"capture.window\"?"),
    (
      "timeout: 5s",
      #"""
      1: timeout: unknown setting; did you mean "journal.timeout" or "config_history.timeout" or "deploys.timeout" \#
      or "observed.timeout" or "packages.timeout"?
      """#
    ),
    (
      "deploys: {zzzzzzzz: 1}",
      "1: deploys.zzzzzzzz: unknown setting; known here: enabled, webhooks, drop_folder, timeout, max_bytes"
    ),
    ("log-level: info", "1: log-level: unknown setting; did you mean \"log_level\"?"),
    (
      "<<: {}",
      """
      1: <<: unknown setting; known here: state_directory, listen, tokens, signals, incidents, triggers, capture, \
      journal, config_history, deploys, observed, packages, redaction, bundles, audit, log_level
      """
    ),
    // Shapes.
    ("[a, b]", "1: expected settings, found a list; write one \"key: value\" a line"),
    ("hello", "1: expected settings, found a text; write one \"key: value\" a line"),
    ("journal: true", "1: journal: expected settings, found true; write one \"key: value\" a line"),
    ("\njournal:\n  - a", "2: journal: expected settings, found a list; write one \"key: value\" a line"),
    ("[a]: b", "1: expected the name of a setting, found a list; write one \"key: value\" a line"),
    ("log_level:", "1: log_level: has no value; write one, or remove the line for the default"),
    (
      "config_history: {exclude: }",
      """
      1: config_history.exclude: expected a list of paths, found nothing; write [first, second], or [] for none
      """
    ),
    (
      "config_history: {paths: []}",
      """
      1: config_history.paths: the list is empty; name at least one
      """
    ),
    ("log_level: {a: b}", "1: log_level: expected one value, found settings; write a single value"),
    // Quantities.
    ("capture: {window: 0s}", "1: capture.window: \"0s\" is out of range; write 1s to 7d"),
    ("capture: {window: 8d}", "1: capture.window: \"8d\" is out of range; write 1s to 7d"),
    (
      "capture: {window: -5m}",
      """
      1: capture.window: "-5m" is not a duration; write a whole number and one of s, m, h, d
      """
    ),
    (
      "capture: {window: 1.5h}",
      """
      1: capture.window: "1.5h" is not a duration; write a whole number and one of s, m, h, d
      """
    ),
    ("capture: {window: 5 minutes}", "1: capture.window: \"5 minutes\" has no known unit; write \"5m\""),
    (
      "capture: {window: 9223372036854775807d}",
      """
      1: capture.window: "9223372036854775807d" is out of range; write 1s to 7d
      """
    ),
    (
      "capture: {window: 99999999999999999999s}",
      """
      1: capture.window: "99999999999999999999s" is out of range; write 1s to 7d
      """
    ),
    (
      "capture: {window: \"\"}",
      """
      1: capture.window: "" is not a duration; write a whole number and one of s, m, h, d
      """
    ),
    ("bundles: {disk_floor: 512}", "1: bundles.disk_floor: \"512\" has no unit; write \"512MiB\""),
    ("bundles: {disk_floor: 512m}", "1: bundles.disk_floor: \"512m\" has no known unit; write \"512MiB\""),
    ("bundles: {disk_floor: 1B}", "1: bundles.disk_floor: \"1B\" is out of range; write 16MiB to 1024GiB"),
    (
      "capture: {queue_limit: nine}",
      """
      1: capture.queue_limit: "nine" is not a whole number; write one from 1 to 100000
      """
    ),
    (
      "capture: {queue_limit: 1_0}",
      """
      1: capture.queue_limit: "1_0" is not a whole number; write one from 1 to 100000
      """
    ),
    (
      "bundles: {compression: gzip}",
      """
      1: bundles.compression: "gzip" is unknown; write one of fast, balanced, small, zstd
      """
    ),
    // Addresses.
    (
      "listen: {http: 0.0.0.0:9464}",
      """
      1: listen.http: "0.0.0.0:9464" is not a loopback address, and there is no TLS; set listen.tls.certificate \
      and listen.tls.key, write "127.0.0.1:9464" behind a reverse proxy, or "insecure: true"
      """
    ),
    (
      "listen: {http: 127.evil.example.org:80}",
      """
      1: listen.http: "127.evil.example.org:80" is not a loopback address, and there is no TLS; set \
      listen.tls.certificate and listen.tls.key, write "127.0.0.1:80" behind a reverse proxy, or "insecure: true"
      """
    ),
    (
      "listen: {http: \"9464\"}",
      """
      1: listen.http: "9464" is not host:port; write it as in "127.0.0.1:9464" or "[::1]:9464", or "off"
      """
    ),
    (
      "listen: {http: \"::1:9464\"}",
      """
      1: listen.http: "::1:9464" is not host:port; write it as in "127.0.0.1:9464" or "[::1]:9464", or "off"
      """
    ),
    (
      "listen: {http: \"127.0.0.1:99999\"}",
      """
      1: listen.http: "127.0.0.1:99999" has no valid port; write one from 1 to 65535
      """
    ),
    // Paths, units, pointers.
    (
      "listen: {socket: /\(String(repeating: "a", count: 107))}",
      """
      1: listen.socket: the path has 108 bytes, of which Linux allows 107; shorten it
      """
    ),
    (
      "config_history: {paths: [/etc, /srv/../root]}",
      """
      1: config_history.paths[1]: "/srv/../root" has ".." in it; write the path without it
      """
    ),
    (
      "state_directory: \"/a\\0b\"",
      """
      1: state_directory: "/a\u{FFFD}b" has a NUL character, which no path has; remove it
      """
    ),
    (
      "journal: {units: [nginx]}",
      """
      1: journal.units[0]: "nginx" has no unit type; write "nginx.service"
      """
    ),
    (
      "journal: {units: [nginx*.service]}",
      """
      1: journal.units[0]: "nginx*.service" is not a unit name; write it in full, without patterns, as in \
      "nginx.service"
      """
    ),
    (
      "signals: {generic: {title: title}}",
      """
      1: signals.generic.title: "title" is not a JSON Pointer; begin with a slash: "/title"
      """
    ),
    (
      "signals: {generic: {title: /a~b}}",
      """
      1: signals.generic.title: "/a~b" has a "~" by itself; write "~0" for it, and "~1" for a slash in a name
      """
    ),
    // Tokens.
    (
      "tokens: secret",
      """
      1: tokens: expected a list of tokens, found a text; write [first, second], or [] for none
      """
    ),
    (
      "tokens:\n  - name: a\n    roles: [reed]\n    file: /a",
      """
      3: tokens[0].roles[0]: "reed" is unknown; did you mean "read"?
      """
    ),
    (
      "tokens:\n  - name: a\n    roles: []\n    file: /a",
      "3: tokens[0].roles: the list is empty; name at least one"
    ),
    (
      "deploys: {webhooks: [{source: argocd, secrets: [/a]}]}",
      """
      1: deploys.webhooks[0].source: "argocd" has no signature; give it a token with the role "deploy" instead
      """
    ),
    (
      "deploys: {webhooks: [{source: github, secrets: [/a]}, {source: github, secrets: [/b]}]}",
      "1: deploys.webhooks[1].source: \"github\" is there twice; name all its secrets in one place"
    ),
    ("deploys: {webhooks: [{source: github}]}", "1: deploys.webhooks[0].secrets: is missing; add it"),
    (
      "deploys: {webhooks: [{source: github, secrets: [a, b, c, d, e, f, g, h, i]}]}",
      "1: deploys.webhooks[0].secrets: has 9 secrets, of which 8 are allowed; remove old ones"
    ),
    ("tokens:\n  - name: a\n    file: /a", "2: tokens[0].roles: is missing; add it"),
    (
      "tokens:\n  - {name: a b, roles: [read], file: ../a}",
      """
      2: tokens[0].name: "a b" is not a name; write 1 to 64 letters, digits, ".", "_" or "-"
      exhibit.yaml:2: tokens[0].file: "../a" has ".." in it; write the path without it
      """
    ),
    (
      "tokens:\n  - {name: a, roles: [read], file: a}\n  - {name: a, roles: [admin], file: b}",
      """
      3: tokens[1].name: "a" is the name of another token; give each its own name
      """
    ),
    (
      "tokens: [{name: a, roles: [read], file: /a, token: x}]",
      """
      1: tokens[0].token: unknown setting; known here: name, roles, file
      """
    ),
    // YAML.
    (
      "config_history: {exclude: [*~]}",
      """
      1: not YAML: did not find expected alphabetic or numeric character; check indentation, colons and quotes
      """
    ),
    (
      "config_history: {exclude: [*b]}",
      """
      1: a value that begins with "*" is an alias to YAML; put it in quotes
      """
    ),
    ("\na: 'b", "2: not YAML: found unexpected end of stream; check indentation, colons and quotes"),
    (
      "log_level: info\n---\nlog_level: info",
      """
      2: a second YAML document begins; keep one and remove the "---"
      """
    ),
    (
      "log_level: info\na\u{1}: b",
      """
      2: not YAML: control characters are not allowed; save the file as plain UTF-8 text
      """
    ),
    (
      "log_level: !secret info",
      """
      1: the YAML tag "!secret" is not supported; write the value without it
      """
    ),
    (
      "journal: &j {timeout: 5s}\ndeploys: *j",
      """
      2: the YAML alias "*j" is not supported; write the value out
      """
    ),
  ]

  @Test("is told what is wrong, where, and what to write instead", arguments: single)
  func message(text: String, expected: String) {
    #expect(configurationProblems(text) == "exhibit.yaml:\(expected)")
  }
}
