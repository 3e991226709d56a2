/// A program whose options carry a password, and which options these are.
struct PasswordOptions: Sendable, Equatable {
  /// Where the password stands.
  enum Form: Sendable, Equatable {
    /// In the rest of the option's word, or in the next word: `-pX`, `-p X`.
    case word
    /// In the rest of the option's word only, as mysql's `-p` has it.
    case attached
    /// Behind the user's name and a colon.
    case pair
    /// Behind the name and the sign of `--from-literal=NAME=X`.
    case literal
    /// The argument of this number, options and pairs left out, as in `vault login X`.
    case argument(Int)
  }

  let program: String
  let options: [String]
  let form: Form
  /// Options of one letter without a value, which may stand in one word before the option's: `-su`.
  let flags: StaticString

  init(_ program: String, _ options: [String], _ form: Form = .word, flags: StaticString = "") {
    (self.program, self.options, self.form, self.flags) = (program, options, form, flags)
  }

  static func == (left: PasswordOptions, right: PasswordOptions) -> Bool {
    left.program == right.program && left.options == right.options && left.form == right.form
  }

  private static func of(_ programs: [String], _ options: [String], _ form: Form = .word) -> [PasswordOptions]
  {
    programs.map { PasswordOptions($0, options, form) }
  }

  static let all: [PasswordOptions] = databases + network + registries + stores

  private static let databases: [PasswordOptions] =
    of(
      [
        "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mysqlslap",
        "mysqlbinlog", "mysqlsh", "mysql_upgrade", "mariadb", "mariadb-dump", "mariadb-admin",
        "mariadb-check", "mariadb-import", "mariadb-backup", "mysqlpump",
      ], ["-p"], .attached)
    + of(["mongosh", "mongo", "mongodump", "mongorestore", "mongoexport", "mongoimport", "cqlsh"], ["-p"])
    + of(["redis-cli"], ["-a"]) + of(["sqlcmd"], ["-P"])
    + of(["etcdctl"], ["--user"], .pair)

  private static let network: [PasswordOptions] =
    [
      PasswordOptions(
        "curl", ["-u", "--user", "-U", "--proxy-user"], .pair, flags: "sSkLfvigIGNqnjJORalpB012346#")
    ]
    + of(["sshpass"], ["-p"]) + of(["ipmitool"], ["-P"])
    + of(["snmpwalk", "snmpget", "snmpset", "snmpbulkwalk"], ["-c", "-A", "-X"])
    + of(["ldapsearch", "ldapadd", "ldapmodify", "ldapwhoami", "ldapdelete", "ldappasswd"], ["-w"])
    + of(["smbclient", "rpcclient"], ["-U"], .pair)
    + of(["mosquitto_pub", "mosquitto_sub"], ["-P"]) + of(["plink", "pscp", "psftp"], ["-pw"])

  private static let registries: [PasswordOptions] =
    of(
      [
        "docker login", "podman login", "helm registry login", "az login", "oc login", "buildah login",
        "skopeo login", "nerdctl login", "oras login", "crane auth login", "az acr login",
      ], ["-p"])

  private static let stores: [PasswordOptions] =
    of(["vault login", "vault operator unseal"], [], .argument(1))
    + of(
      ["rabbitmqctl add_user", "rabbitmqctl change_password", "rabbitmqctl authenticate_user"], [],
      .argument(2))
    + of(["mc alias set", "mc config host add"], [], .argument(4))
    + of(["unzip", "zip"], ["-P"]) + of(["az keyvault secret set"], ["--value"])
    + of(["kubectl create secret", "oc create secret"], ["--from-literal"], .literal)
    + of(["gh secret set"], ["--body", "-b"]) + of(["openssl enc"], ["-k"])
}
