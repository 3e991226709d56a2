extension AgentConfiguration.ConfigHistorySettings {
  /// Where configuration is; what has a wildcard need not be there.
  static let configuration = [
    // nginx, haproxy, envoy, postgres on Debian, Kubernetes and most others keep theirs here.
    "/etc", "/usr/local/etc/*", "/opt/*/etc/*", "/opt/*/conf/*", "/opt/*/config/*",
    // Of the distribution's packages, and what was made at run time.
    "/usr/lib/systemd/system/*", "/usr/local/lib/systemd/system/*", "/run/systemd/system/*",
    "/usr/lib/sysctl.d/*", "/usr/lib/modprobe.d/*",
    // The kernel's own: its command line, and the values of sysctl. Of /proc nothing else can be watched.
    "/proc/cmdline", "/proc/sys",
    // Services whose configuration is elsewhere.
    "/var/lib/pgsql/data/*.conf", "/var/lib/pgsql/*/data/*.conf", "/var/lib/postgresql/*/*/*.conf",
    "/var/lib/kubelet/config.yaml*", "/var/lib/rancher/*/server/manifests/*",
  ]

  /// Files that change by themselves and say nothing about why something broke.
  static let churn = [
    "/etc/adjtime", "/etc/mtab", "/etc/ld.so.cache", "/etc/.pwd.lock", "/etc/blkid.tab*", "/etc/lvm/cache/**",
    "/etc/cups/subscriptions.conf*", "/**/.git/**", "/**/*.dpkg-new", "/**/*.dpkg-tmp", "/**/*.swp",
    "/**/*.swx", "/**/*~",
    "/**/.#*", "/**/4913", "/proc/sys/fs/aio-nr", "/proc/sys/fs/binfmt_misc/**", "/proc/sys/fs/dentry-state",
    "/proc/sys/fs/file-nr", "/proc/sys/fs/inode-nr", "/proc/sys/fs/inode-state", "/proc/sys/fs/quota/**",
    "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/perf_event_max_sample_rate", "/proc/sys/kernel/pty/nr",
    "/proc/sys/kernel/random/**", "/proc/sys/kernel/sched_domain/**", "/proc/sys/net/*/*/cali*/**",
    "/proc/sys/net/*/*/lxc*/**", "/proc/sys/net/*/*/veth*/**", "/proc/sys/net/netfilter/nf_conntrack_count",
  ]

  /// Files that are secrets as a whole: no rule has to find the secret in them.
  static let secrets = [
    // Passwords of the host and its services.
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd", "/**/*htpasswd*",
    "/**/.netrc", "/**/.pgpass", "/**/*.secret", "/**/*.secrets", "/etc/apt/auth.conf",
    "/etc/apt/auth.conf.d/**", "/etc/mysql/debian.cnf", "/etc/postfix/sasl*", "/etc/exim4/passwd.client",
    "/etc/davfs2/secrets", "/etc/exhibit/tokens/**", "/etc/credstore/**", "/etc/credstore.encrypted/**",
    // Private keys and key stores.
    "/etc/ssh/*_key", "/**/id_rsa", "/**/id_ecdsa", "/**/id_ed25519", "/etc/ssl/private/**",
    "/etc/pki/**/private/**", "/etc/letsencrypt/accounts/**", "/etc/letsencrypt/archive/**",
    "/etc/chef/**/*.pem", "/etc/salt/pki/**", "/**/private_keys/**", "/etc/cryptsetup-keys.d/**", "/**/*.key",
    "/**/*.p12", "/**/*.pfx", "/**/*.jks", "/**/*.keytab", "/**/*.keyring", "/**/authkey",
    // Credentials of networks and clusters.
    "/etc/wireguard/**", "/etc/ipsec.d/private/**", "/etc/swanctl/private/**", "/etc/ppp/*-secrets",
    "/etc/wpa_supplicant/**", "/etc/NetworkManager/system-connections/**", "/etc/kubernetes/*.conf",
    "/etc/kubernetes/pki/**", "/etc/rancher/**/*.yaml", "/etc/samba/*.tdb",
    // Keys of the kernel.
    "/proc/sys/net/**/stable_secret", "/proc/sys/net/ipv4/tcp_fastopen_key",
  ]
}
