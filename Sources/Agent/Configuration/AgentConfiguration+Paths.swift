extension AgentConfiguration.ConfigHistorySettings {
  /// Files that change by themselves and say nothing about why something broke.
  static let churn = [
    "/etc/adjtime", "/etc/mtab", "/etc/ld.so.cache", "/etc/.pwd.lock", "/etc/blkid.tab*", "/etc/lvm/cache/**",
    "/etc/cups/subscriptions.conf*", "/etc/**/.git/**", "/etc/**/*.dpkg-new", "/etc/**/*.dpkg-tmp",
    "/etc/**/*.swp", "/etc/**/*.swx", "/etc/**/*~", "/etc/**/.#*", "/etc/**/4913",
  ]

  /// Files that are secrets as a whole: no rule has to find the secret in them.
  static let secrets = [
    // Passwords of the host and its services.
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd",
    "/etc/**/*htpasswd*", "/etc/**/.netrc", "/etc/**/.pgpass", "/etc/**/*.secret", "/etc/**/*.secrets",
    "/etc/apt/auth.conf", "/etc/apt/auth.conf.d/**", "/etc/mysql/debian.cnf", "/etc/postfix/sasl*",
    "/etc/exim4/passwd.client", "/etc/davfs2/secrets", "/etc/exhibit/tokens/**",
    "/etc/exhibit/secrets/**", "/etc/credstore/**",
    "/etc/credstore.encrypted/**",
    // Private keys and key stores.
    "/etc/ssh/*_key", "/etc/**/id_rsa", "/etc/**/id_ecdsa", "/etc/**/id_ed25519", "/etc/ssl/private/**",
    "/etc/pki/**/private/**", "/etc/letsencrypt/accounts/**", "/etc/letsencrypt/archive/**",
    "/etc/chef/**/*.pem", "/etc/salt/pki/**", "/etc/**/private_keys/**", "/etc/cryptsetup-keys.d/**",
    "/etc/**/*.key", "/etc/**/*.p12", "/etc/**/*.pfx", "/etc/**/*.jks", "/etc/**/*.keytab",
    "/etc/**/*.keyring", "/etc/**/authkey",
    // Credentials of networks and clusters.
    "/etc/wireguard/**", "/etc/ipsec.d/private/**", "/etc/swanctl/private/**", "/etc/ppp/*-secrets",
    "/etc/wpa_supplicant/**", "/etc/NetworkManager/system-connections/**", "/etc/kubernetes/*.conf",
    "/etc/kubernetes/pki/**", "/etc/rancher/**/*.yaml", "/etc/samba/*.tdb",
  ]
}
