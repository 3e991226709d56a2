import Testing

/// A kind of secret as its vendor describes it: what the rules must find, written down apart from the rules.
struct SecretKind: Sendable, CustomTestStringConvertible {
  let id: String
  /// Names of the keys that give the value away, or nothing for a token that its own text gives away.
  let keys: [String]
  let patterns: [SecretPattern]

  var testDescription: String { id }

  init(_ id: String, keys: [String] = [], _ patterns: String...) {
    self.id = id
    self.keys = keys
    self.patterns = patterns.map { SecretPattern($0) }
  }

  /// Kinds that a prefix, an infix or their structure gives away.
  static let tokens: [SecretKind] =
    cloud + forges + registries + services + models + platforms + newcomers + hosts

  private static let cloud: [SecretKind] = [
    SecretKind("aws-access-key-id", "AKIA[B16]", "ASIA[B16]", "ABIA[B16]", "ACCA[B16]"),
    SecretKind(
      "aws-session-token", "IQoJb3JpZ2lu[b200-700]", "FwoGZXIvYXdz[b100-2000]", "FQoGZXIvYXdz[b100-400]"),
    SecretKind(
      "aws-bedrock-key", "ABSK[b109-269]", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[b100-400]"),
    SecretKind("aws-mws-token", "amzn.mws.[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("gcp-api-key", "AIza[s35]"),
    SecretKind("gemini-api-key", "AQ.Ab8RN6[s44]"),
    SecretKind("google-client-secret", "GOCSPX-[s28]"),
    SecretKind("google-oauth-token", "ya29.[s60-200]", "1//0[s60-100]"),
    SecretKind("gcs-hmac-key", "GOOG1E[u57]", "GOOG[u20]"),
    SecretKind(
      "azure-storage-key", "[b76]+ASt[b6]==", "[b76]+ASb[b2-6]=", "[b76]+AEh[b2-6]=", "[b76]+ABa[b2-6]=",
      "[b76]+ACR[b2-6]="),
    SecretKind(
      "azure-service-key", "[a76]AIoT[a4-6]", "[a33]AIoT[a4-6]=", "[a33]AzCa[a4-6]=",
      "[a20]-[a16]_[a4]AzFu[a4-6]==", "[a72]ACDb[a4]", "[a76]APIM[a4]", "[a76]AZEG[a4]",
      "[a44-76]AzFu[a4-6]==", "[a42-76]AzSe[a4-6]", "[a42-76]AzCa[a4-6]", "[a52]JQQJ9[a27-31]"),
    SecretKind("azure-client-secret", "[a3]8Q~[s34]", "[a3]7Q~[s31]"),
    SecretKind("azure-devops-token", "[a76]AZDO[a4]"),
    SecretKind("alibaba-access-key-id", "LTAI[a12-21]"),
    SecretKind("tencent-secret-id", "AKID[a32]"),
    SecretKind("yandex-token", "AQVN[s35-40]", "t1.[s60-200].[s80]", "y0_[s55]"),
    SecretKind("exoscale-key", "EXO[h24-30]"), SecretKind("upcloud-token", "ucat_[u24-32]"),
  ]

  private static let forges: [SecretKind] = [
    SecretKind(
      "github-token", "ghp_[a30][crc62]", "gho_[a30][crc62]", "ghu_[a30][crc62]", "ghr_[a30][crc62]",
      "ghs_[a30][crc62]", "ghs_[d7]_eyJ[s60].eyJ[s200].[s180]", "github_pat_[a22]_[a59]"),
    SecretKind(
      "gitlab-token", "glpat-[s20]", "gldt-[s20]", "glrt-[s20]", "glrtr-[s20]", "glcbt-[a2]_[s20]",
      "glptt-[h40]",
      "glft-[s20]", "glimt-[s25]", "glagent-[s50]", "glsoat-[s20]", "gloas-[h64]", "glffct-[s20]",
      "glwt-[s20]", "GR1348941[s20]", "glpat-[s27-200].[l2].[l2][l7]"),
    SecretKind("bitbucket-token", "ATBB[a24][crc16]", "BBDC-[b44]"),
    SecretKind("atlassian-token", "ATATT3[s180-200]=[crc16]", "ATCTT3[s180]=[crc16]", "ATSTT3[s180]=[crc16]"),
  ]

  private static let registries: [SecretKind] = [
    SecretKind("npm-token", "npm_[a30][crc62]"), SecretKind("pypi-token", "pypi-AgEIcHlwaS5vcmc[s70-200]"),
    SecretKind("pypi-token", "pypi-AgENdGVzdC5weXBpLm9yZw[s70-200]"),
    SecretKind("rubygems-token", "rubygems_[h48]"),
    SecretKind("nuget-key", "oy2[l43]"), SecretKind("crates-token", "cio[a32]"),
    SecretKind("docker-token", "dckr_pat_[s27]", "dckr_oat_[s32]"),
    SecretKind("docker-swarm-token", "SWMTKN-1-[l50]-[l25]", "SWMKEY-1-[s43]"),
    SecretKind("clojars-token", "CLOJARS_[l60]"),
    SecretKind("packagist-token", "packagist_ort_[h68]", "packagist_uut_[h68]", "packagist_ack_[h68]"),
    SecretKind("jfrog-token", "AKCp[a69]", "cmVmdGtu[a56]"),
  ]

  private static let services: [SecretKind] = [
    SecretKind(
      "slack-token", "xoxb-[d12]-[d12]-[a24]", "xoxp-[d12]-[d12]-[d12]-[h32]", "xoxa-2-[d12]-[d12]-[a24]",
      "xoxr-[d12]-[d12]-[a24]", "xoxs-[d12]-[a24]", "xoxe-1-[a140]", "xoxe.xoxp-1-[a160]", "xoxc-[d12]-[h64]",
      "xoxd-[a100-200]", "xapp-1-A[u10]-[d13]-[h64]"),
    SecretKind(
      "slack-webhook", "https://hooks.slack.com/services/T[u10]/B[u10]/[a24]",
      "https://hooks.slack.com/workflows/T[u8]/A[u8]/[d18]/[a24]"),
    SecretKind(
      "discord-webhook", "https://discord.com/api/webhooks/[d18]/[s68]",
      "https://discordapp.com/api/webhooks/[d19]/[s68]"),
    SecretKind(
      "teams-webhook",
      "https://acme.webhook.office.com/webhookb2/[h8]-[h4]-[h4]-[h4]-[h12]@[h8]-[h4]-[h4]-[h4]-[h12]/IncomingWebhook/[h32]/[h8]-[h4]-[h4]-[h4]-[h12]"
    ),
    SecretKind("discord-bot-token", "MTA4[a20].G[s5].[s38]", "NzIy[a20].X[s5].[s27]"),
    SecretKind("telegram-bot-token", "[d9]:AA[s33]", "[d10]:AA[s33]"),
    SecretKind(
      "stripe-key", "sk_live_[a24-99]", "sk_test_[a24]", "rk_live_[a99]", "whsec_[b32]",
      "sk_org_live_[a100]"),
    SecretKind("square-token", "sq0atp-[s22]", "sq0csp-[s43]", "EAAA[s60]"),
    SecretKind("braintree-token", "access_token$production$[l16]$[h32]"),
    SecretKind("shopify-token", "shpat_[h32]", "shpca_[h32]", "shppa_[h32]", "shpss_[h32]", "shptka_[h32]"),
    SecretKind("twilio-key", "SK[h32]"), SecretKind("sendgrid-key", "SG.[s22].[s43]"),
    SecretKind("mailgun-key", "key-[h32]"), SecretKind("mailchimp-key", "[h32]-us[d1-2]"),
    SecretKind("mandrill-key", "md-[s22]"),
    SecretKind("brevo-key", "xkeysib-[h64]-[a16]", "xsmtpsib-[h64]-[a16]"),
    SecretKind("facebook-token", "EAA[a100-200]"), SecretKind("mapbox-token", "sk.eyJ1[s80].[s22]"),
    SecretKind("twitter-token", "AAAAAAAAAAAAAAAAAAAAA[a80-100]"),
    SecretKind("linear-key", "lin_api_[a40]"), SecretKind("notion-token", "ntn_[a46]", "secret_[a43]"),
    SecretKind("airtable-token", "pat[a14].[h64]"), SecretKind("figma-token", "figd_[s40]"),
    SecretKind("postman-key", "PMAK-[h24]-[h34]"), SecretKind("typeform-token", "tfp_[s44]"),
    SecretKind("hubspot-token", "pat-na1-[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("contentful-token", "CFPAT-[s43]"), SecretKind("readme-key", "rdme_[l70]"),
    SecretKind("okta-token", "SSWS 00[s40]"), SecretKind("salesforce-token", "00D[a12]![s90-120]"),
    SecretKind("posthog-key", "phx_[a41-50]"),
    SecretKind("launchdarkly-key", "sdk-[h8]-[h4]-[h4]-[h4]-[h12]", "api-[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("plaid-token", "access-production-[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("razorpay-key", "rzp_live_[a14]"), SecretKind("flutterwave-key", "FLWSECK-[h32]-X"),
    SecretKind("easypost-key", "EZAK[a54]", "EZTK[a54]"), SecretKind("shippo-token", "shippo_live_[h40]"),
    SecretKind("duffel-token", "duffel_live_[s43]"),
  ]

  private static let models: [SecretKind] = [
    SecretKind(
      "openai-key", "sk-proj-[s74]T3BlbkFJ[s74]", "sk-svcacct-[s74]T3BlbkFJ[s74]",
      "sk-admin-[s58]T3BlbkFJ[s58]", "sk-[a20]T3BlbkFJ[a20]"),
    SecretKind(
      "anthropic-key", "sk-ant-api03-[s93]AA", "sk-ant-admin01-[s93]AA", "sk-ant-oat01-[s93]AA",
      "sk-ant-sid01-[s93]AA"),
    SecretKind("hugging-face-token", "hf_[a34]", "api_org_[a34]"), SecretKind("groq-key", "gsk_[a52]"),
    SecretKind("xai-key", "xai-[a80]"), SecretKind("perplexity-key", "pplx-[a48]"),
    SecretKind("replicate-token", "r8_[a37]"), SecretKind("openrouter-key", "sk-or-v1-[h64]"),
    SecretKind("together-key", "tgp_v1_[s43]"), SecretKind("cerebras-key", "csk-[l48]"),
    SecretKind("nvidia-key", "nvapi-[s60-70]"),
    SecretKind("langsmith-key", "lsv2_pt_[h32]_[h10]", "lsv2_sk_[h32]_[h10]"),
    SecretKind("pinecone-key", "pcsk_[a6]_[a63]"), SecretKind("tavily-key", "tvly-[a32]"),
    SecretKind("jina-key", "jina_[h32][s28]"), SecretKind("wandb-key", "wandb_v1_[a77]"),
    SecretKind("deno-token", "ddp_[a36]"), SecretKind("render-key", "rnd_[a28]"),
    SecretKind("runpod-key", "rpa_[u46]"), SecretKind("neon-key", "napi_[l64]"),
    SecretKind("supabase-key", "sbp_[h40]", "sb_secret_[s31]"),
  ]

  private static let platforms: [SecretKind] = [
    SecretKind("vault-token", "hvs.[s90]", "hvb.[s138]", "hvr.[s90]", "hvs.[a24]"),
    SecretKind("terraform-token", "[a14].atlasv1.[s60-70]"),
    SecretKind("doppler-token", "dp.pt.[a43]", "dp.st.dev.[a40]", "dp.sa.[a40]", "dp.scim.[a40]"),
    SecretKind("1password-token", "ops_eyJ[s250-400]", "A3-[u6]-[u11]-[u5]-[u5]-[u5]"),
    SecretKind("databricks-token", "dapi[h32]", "dapi[h32]-2", "dose[h32]", "dkea[h32]"),
    SecretKind(
      "new-relic-key", "NRAK-[u27]", "NRJS-[h19]", "NRII-[s32]", "NRRA-[h42]", "[h36]NRAL",
      "eu01xx[h30]NRAL"),
    SecretKind("grafana-token", "glsa_[a32]_[crc16]", "glc_eyJ[b100-160]", "eyJrIjoi[a70-100]"),
    SecretKind("sentry-token", "sntrys_eyJ[b120-200]_[a43]", "sntryu_[h64]"),
    SecretKind("dynatrace-token", "dt0c01.[B24].[B64]", "dt0s16.[u24].[u64]"),
    SecretKind("elastic-key", "essu_[b60-80]"), SecretKind("confluent-secret", "cflt[b60]"),
    SecretKind("mongodb-atlas-secret", "mdb_sa_sk_[s40]"), SecretKind("cockroach-key", "CCDB1_[a22]_[a40]"),
    SecretKind("clickhouse-key", "4b1d[a38]"),
    SecretKind("planetscale-token", "pscale_pw_[s43]", "pscale_tkn_[s43]", "pscale_oauth_[s32]"),
    SecretKind("aiven-password", "AVNS_[s19-24]"), SecretKind("astra-token", "AstraCS:[a24]:[h64]"),
    SecretKind("tailscale-key", "tskey-auth-[a12]CNTRL-[a32]"), SecretKind("pulumi-token", "pul-[h40]"),
    SecretKind("circleci-token", "CCIPAT_[a22]_[h40]"), SecretKind("buildkite-token", "bkua_[h40]"),
    SecretKind("sonar-token", "sqp_[h40]", "squ_[h40]", "sqa_[h40]"),
    SecretKind("snyk-token", "snyk_uat.[h8].[s80].[s40]"),
    SecretKind("vercel-token", "vcp_[a56]", "vci_[a56]", "vca_[a56]", "vcr_[a56]", "vck_[a56]"),
    SecretKind("netlify-token", "nfp_[a36-40]"), SecretKind("heroku-key", "HRKU-[s60]"),
    SecretKind("fly-token", "fm1_[b120-200]", "fm2_[b120-300]"), SecretKind("fly-token", "FlyV1 fm2_[b120]"),
    SecretKind("fly-token", "fo1_[s43]"),
    SecretKind("digitalocean-token", "dop_v1_[h64]", "doo_v1_[h64]", "dor_v1_[h64]"),
    SecretKind(
      "cloudflare-key", "v1.0-[h24]-[h146]", "cfut_[a40][h8]", "cfat_[a40][h8]", "cfk_[a40][h8]",
      "eyJhIjoi[a180]"),
    SecretKind("octopus-key", "API-[u26]"), SecretKind("harness-token", "pat.[a22].[h24].[a20]"),
    SecretKind("harness-token", "sat.[a22].[h24].[a20]"),
    SecretKind("sourcegraph-token", "sgp_[h40]", "sgp_[h16]_[h40]"),
    SecretKind("prefect-key", "pnu_[a36]", "pnb_[a36]"),
    SecretKind("dbt-token", "dbtc_[s35-50]", "dbtu_[s35-50]"), SecretKind("openshift-token", "sha256~[s43]"),
  ]

  private static let newcomers: [SecretKind] = [
    SecretKind("resend-key", "re_[a8]_[a24]"), SecretKind("elevenlabs-key", "sk_[h48]"),
    SecretKind("deepseek-key", "sk-[h32]"), SecretKind("moonshot-key", "sk-[a48]"),
    SecretKind("dropbox-token", "sl.[s130-150]", "sl.u.[s1200]"), SecretKind("paypal-token", "A21AA[s92]"),
    SecretKind("honeycomb-key", "hcaik_[l58]"), SecretKind("langfuse-key", "sk-lf-[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("e2b-key", "e2b_[h40]"), SecretKind("browserbase-key", "bb_live_[s27]"),
    SecretKind("stytch-key", "secret-live-[s35]="), SecretKind("netbird-token", "nbp_[a36]"),
    SecretKind("inngest-key", "signkey-prod-[h64]"), SecretKind("frameio-token", "fio-u-[s64]"),
    SecretKind("zapier-webhook", "https://hooks.zapier.com/hooks/catch/[d7]/[l7]/"),
    SecretKind("axiom-token", "xaat-[h8]-[h4]-[h4]-[h4]-[h12]", "xapt-[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("kong-token", "kpat_[a50]", "spat_[a50]"), SecretKind("polar-token", "polar_oat_[a43]"),
  ]

  private static let hosts: [SecretKind] = [
    SecretKind("age-key", "AGE-SECRET-KEY-1[q58]"),
    SecretKind(
      "jwt", "eyJhbGciOiJIUzI1NiJ9.eyJ[s60-200].[s43]", "eyJhbGciOiJSUzI1NiJ9.eyJ[s200].[s342]",
      "eyJhbGciOiJkaXIifQ..[s16].[s80].[s22]"),
    SecretKind(
      "password-hash", "$6$[a16]$[a86]", "$5$[a16]$[a43]", "$1$[a8]$[a22]", "$2b$12$[a53]", "$2y$10$[a53]",
      "$y$j9T$[a22]$[a43]", "$apr1$[a8]$[a22]", "$argon2id$v=19$m=65536,t=3,p=4$[b22]$[b43]", "{SSHA}[b32]",
      "$pbkdf2-sha256$29000$[a22]$[a43]", "pbkdf2_sha256$260000$[a22]$[b43]=", "{SSHA512}[b88]"),
    SecretKind(
      "private-key", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpN[b400]",
      "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1J[b400]",
      "LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk[b200]",
      "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0K[b400]",
      "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJVkFURSBLRVktLS0tLQo[b400]"),
  ]

  /// Kinds that only the name of their key, or where they stand, gives away.
  static let named: [SecretKind] = [
    SecretKind(
      "password", keys: ["password", "DB_PASSWORD", "dbPassword", "spring.datasource.password", "db_passwd"],
      "[p8-24]", "[a8-32]", "[l6]-[l6]-[l6]"),
    SecretKind(
      "secret", keys: ["client_secret", "clientSecret", "APP_SECRET"], "[s32-64]", "[h32]", "[a64]"),
    SecretKind(
      "token", keys: ["token", "ACCESS_TOKEN", "authToken", "refresh_token", "SLACK_BOT_TOKEN"], "[h40]",
      "[s32-60]", "[a20]"),
    SecretKind(
      "api-key",
      keys: ["api_key", "apiKey", "SERVICE_API_KEY", "x-api-key", "AZURE_OPENAI_KEY", "Fastly-Key"], "[h32]",
      "[a32]", "[s40]"),
    SecretKind("access-key", keys: ["account_key", "AccessKey", "SharedAccessKey"], "[b43]=", "[a40]"),
    SecretKind(
      "aws-secret-access-key", keys: ["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "secretAccessKey"],
      "[b40]"),
    SecretKind(
      "encryption-key", keys: ["ENCRYPTION_KEY", "signing_key", "secret_key", "masterKey", "FERNET_KEY"],
      "[h64]", "[b43]="),
    SecretKind("datadog-key", keys: ["DD_API_KEY", "dd-api-key", "DD_APP_KEY"], "[h32]", "[h40]"),
    SecretKind("consul-token", keys: ["CONSUL_HTTP_TOKEN", "NOMAD_TOKEN"], "[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("heroku-key", keys: ["HEROKU_API_KEY"], "[h8]-[h4]-[h4]-[h4]-[h12]"),
    SecretKind("vault-token", keys: ["VAULT_TOKEN", "vault_token"], "s.[a24]"),
    SecretKind("azure-devops-token", keys: ["AZURE_DEVOPS_EXT_PAT", "SYSTEM_ACCESSTOKEN"], "[y52]"),
    SecretKind("bootstrap-token", keys: ["bootstrap_token", "tlsBootstrapToken"], "[l6].[l16]"),
    SecretKind(
      "session-id", keys: ["sessionid", "JSESSIONID", "PHPSESSID", "session_token"], "[l32]", "[H32]"),
    SecretKind("pre-shared-key", keys: ["psk", "PresharedKey", "wpa_psk"], "[b43]=", "[a12-40]"),
    SecretKind("private-key", keys: ["PrivateKey", "private_key"], "[b43]="),
    SecretKind("snmp-secret", keys: ["snmp_community", "snmpAuthKey", "privKey"], "[a8-16]"),
  ]
}
