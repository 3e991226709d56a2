extension TokenRule {
  /// The built-in table: facts of format as the vendors publish them. A new kind is a new row.
  static let builtIn: [TokenRule] =
    cloud + azure + forges + registries + services + webhooks + models + platforms + stores + newcomers
    + generic

  private static let cloud: [TokenRule] =
    tokens(
      "aws-access-key-id", "AWS access key id", ["AKIA", "ASIA", "ABIA", "ACCA"], ByteSet("A-Z", "2-7"), 16)
    + tokens(
      "aws-session-token", "AWS session token", ["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"], .base64, 60)
    + [
      TokenRule("aws-bedrock-key", "Amazon Bedrock API key", "ABSK", .base64, 100),
      TokenRule("aws-bedrock-key", "Amazon Bedrock short-term key", "bedrock-api-key-", .base64, 60),
      TokenRule("aws-mws-token", "Amazon MWS token", "amzn.mws.", ByteSet("0-9", "a-f", "-"), 36),
      TokenRule("gcp-api-key", "Google API key", "AIza", .base64url, 35),
      TokenRule("gemini-api-key", "Gemini API key", "AQ.Ab8RN6", .base64url, 37),
      TokenRule("google-client-secret", "Google OAuth client secret", "GOCSPX-", .base64url, 24),
      TokenRule("google-oauth-token", "Google OAuth access token", "ya29.", .dotted, 20),
      TokenRule("google-oauth-token", "Google OAuth refresh token", "1//0", .base64url, 30),
      TokenRule(
        "gcs-hmac-key", "Google Cloud Storage HMAC key", "GOOG", .upperAlphanumeric, 20, check: .mixed),
      TokenRule(
        "alibaba-access-key-id", "Alibaba Cloud access key id", "LTAI", .alphanumeric, 12, check: .mixed),
      TokenRule("tencent-secret-id", "Tencent Cloud secret id", "AKID", .alphanumeric, 32, check: .mixed),
      TokenRule("yandex-token", "Yandex Cloud API key", "AQVN", .base64url, 35, check: .mixed),
      TokenRule("yandex-token", "Yandex Cloud IAM token", "t1.", .dotted, 100, check: .random),
      TokenRule("yandex-token", "Yandex OAuth token", "y0_", .base64url, 50, check: .random),
      TokenRule("exoscale-key", "Exoscale API key", "EXO", .lowerAlphanumeric, 24, check: .mixed),
    ]

  /// Microsoft's identifiable keys have a signature near their end.
  private static let azure: [TokenRule] =
    ["+ASt", "+ASb", "+AEh", "+ABa", "+ACR"].map {
      TokenRule("azure-storage-key", "Azure account key", $0, padded, 2, after: encoded, atLeast: 33)
    }
    + ["AIoT", "ACDb", "APIM", "AZEG", "AzSe", "AzCa"].map {
      TokenRule(
        "azure-service-key", "Azure service key", $0, padded, 4, after: encoded, atLeast: 33, check: .random)
    }
    // The keys of Functions are in the alphabet of URLs.
    + [
      TokenRule(
        "azure-service-key", "Azure Functions key", "AzFu", padded | ByteSet("-_"), 4,
        after: encoded | ByteSet("-_"),
        atLeast: 40, check: .random)
    ]
    + [
      TokenRule(
        "azure-devops-token", "Azure DevOps token", "AZDO", .alphanumeric, 4, after: .alphanumeric,
        atLeast: 70),
      TokenRule(
        "azure-service-key", "Azure common annotated key", "JQQJ9", padded, 20, after: encoded, atLeast: 50),
    ]
    // The marker stands behind a digit, at a fixed place of the secret.
    + (0...9).map {
      TokenRule(
        "azure-client-secret", "Azure Entra client secret", "\($0)Q~", ByteSet("0-9", "A-Z", "a-z", "_.~-"),
        30,
        after: ByteSet("0-9", "A-Z", "a-z", "_.~-"), atLeast: 3)
    }

  /// Base 64, percent-encoded perhaps.
  private static let encoded = ByteSet("0-9", "A-Z", "a-z", "+/%")
  private static let padded = ByteSet("0-9", "A-Z", "a-z", "+/=")

  private static let forges: [TokenRule] =
    tokens(
      "github-token", "GitHub token", ["ghp_", "gho_", "ghu_", "ghr_", "ghs_"], .dotted, 30, check: .mixed)
    + [TokenRule("github-token", "GitHub fine-grained token", "github_pat_", .word, 60)]
    + tokens(
      "gitlab-token", "GitLab token",
      [
        "glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-",
        "gloas-", "glffct-", "glwt-", "GR1348941",
      ], .dotted, 20)
    + tokens(
      "bitbucket-token", "Bitbucket token", ["ATBB", "BBDC-"], ByteSet("0-9", "A-Z", "a-z", "+/_-"), 28,
      check: .mixed)
    + tokens(
      "atlassian-token", "Atlassian API token", ["ATATT3", "ATCTT3", "ATSTT3"],
      ByteSet("0-9", "A-Z", "a-z", "_=-"), 80)

  private static let registries: [TokenRule] =
    [
      TokenRule("npm-token", "npm access token", "npm_", .alphanumeric, 36),
      TokenRule("pypi-token", "PyPI token", "pypi-Ag", .base64url, 50),
      TokenRule("rubygems-token", "RubyGems token", "rubygems_", .hex, 48),
      TokenRule("nuget-key", "NuGet API key", "oy2", .lowerAlphanumeric, 43, check: .mixed),
      TokenRule("crates-token", "crates.io token", "cio", .alphanumeric, 32, check: .random),
      TokenRule("clojars-token", "Clojars token", "CLOJARS_", .alphanumeric, 60),
      TokenRule("jfrog-token", "JFrog API key", "AKCp", .alphanumeric, 69),
      TokenRule("jfrog-token", "JFrog reference token", "cmVmdGtu", .alphanumeric, 56),
    ]
    + tokens("docker-token", "Docker Hub token", ["dckr_pat_", "dckr_oat_"], .base64url, 27)
    + tokens("docker-swarm-token", "Docker Swarm token", ["SWMTKN-1-", "SWMKEY-1-"], .base64url, 32)
    + tokens(
      "packagist-token", "Packagist token", ["packagist_ort_", "packagist_uut_", "packagist_ack_"], .hex, 60)

  private static let services: [TokenRule] =
    tokens(
      "slack-token", "Slack token",
      ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxe-", "xoxe.xox", "xoxc-", "xoxd-", "xapp-"],
      ByteSet("0-9", "A-Z", "a-z", "%+/._-"), 20, check: .mixed)
    + [
      TokenRule(
        "telegram-bot-token", "Telegram bot token", ":AA", .base64url, 31, after: .digits, atLeast: 8),
      TokenRule(
        "braintree-token", "Braintree token", "access_token$production$", ByteSet("0-9", "a-z", "$"), 40),
      TokenRule("sendgrid-key", "SendGrid API key", "SG.", .dotted, 60, check: .mixed),
      TokenRule("mailgun-key", "Mailgun API key", "key-", .hex, 32, check: .mixed),
      TokenRule("mailchimp-key", "Mailchimp API key", "-us", .digits, 1, after: .hex, atLeast: 32),
      TokenRule("mandrill-key", "Mandrill API key", "md-", .base64url, 22, check: .random),
      TokenRule("discord-bot-token", "Discord bot token", "MTAw", .dotted, 50, check: .botToken),
      TokenRule("square-token", "Square access token", "EAAA", .base64url, 56, check: .mixed),
      TokenRule(
        "twitter-token", "Twitter bearer token", "AAAAAAAAAAAAAAAAAAAAA", ByteSet("0-9", "A-Z", "a-z", "%"),
        70,
        check: .random),
      TokenRule(
        "airtable-token", "Airtable token", "pat", ByteSet("0-9", "A-Z", "a-z", "."), 79,
        check: .separator(UInt8(ascii: "."), at: [14])),
      TokenRule(
        "salesforce-token", "Salesforce session id", "00D", ByteSet("0-9", "A-Z", "a-z", "!_.-"), 60,
        check: .separator(UInt8(ascii: "!"), at: [12, 15])),
      TokenRule("typeform-token", "Typeform token", "tfp_", .base64url, 40, check: .mixed),
      TokenRule("twilio-key", "Twilio API key", "SK", ByteSet("0-9", "a-f"), 32, check: .mixed),
      TokenRule("facebook-token", "Facebook access token", "EAA", .alphanumeric, 100, check: .mixed),
      TokenRule("mapbox-token", "Mapbox secret token", "sk.eyJ1", .dotted, 40),
      TokenRule("notion-token", "Notion token", "ntn_", .alphanumeric, 40),
      TokenRule("notion-token", "Notion integration secret", "secret_", .alphanumeric, 43, check: .mixed),
      TokenRule("linear-key", "Linear API key", "lin_api_", .alphanumeric, 40),
      TokenRule("figma-token", "Figma token", "figd_", .base64url, 38),
      TokenRule("postman-key", "Postman API key", "PMAK-", ByteSet("0-9", "a-f", "-"), 34),
      TokenRule("contentful-token", "Contentful token", "CFPAT-", .base64url, 40),
      TokenRule("readme-key", "ReadMe API key", "rdme_", .lowerAlphanumeric, 60),
      TokenRule("okta-token", "Okta API token", "SSWS ", .base64url, 40, keepsLiteral: true),
      TokenRule("posthog-key", "PostHog key", "phx_", .alphanumeric, 40),
      TokenRule("easypost-key", "EasyPost key", "EZAK", .alphanumeric, 50),
      TokenRule("easypost-key", "EasyPost key", "EZTK", .alphanumeric, 50),
      TokenRule("flutterwave-key", "Flutterwave key", "FLWSECK", ByteSet("0-9", "A-Z", "a-z", "_-"), 30),
      TokenRule("razorpay-key", "Razorpay key", "rzp_live_", .alphanumeric, 14),
      TokenRule("shippo-token", "Shippo token", "shippo_live_", .hex, 40),
      TokenRule("duffel-token", "Duffel token", "duffel_live_", .base64url, 40),
    ]
    + tokens(
      "plaid-token", "Plaid token", ["access-production-", "access-sandbox-"], ByteSet("0-9", "a-f", "-"), 36)
    + tokens(
      "hubspot-token", "HubSpot private app token",
      ["pat-na1-", "pat-na2-", "pat-na3-", "pat-eu1-", "pat-ap1-"],
      ByteSet("0-9", "a-f", "-"), 36, check: .uuid)
    + tokens(
      "launchdarkly-key", "LaunchDarkly key", ["sdk-", "api-", "mob-"], ByteSet("0-9", "a-f", "-"), 36,
      check: .uuid)
    + tokens(
      "stripe-key", "Stripe key",
      ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "sk_org_live_", "sk_org_test_"],
      ByteSet("0-9", "A-Z", "a-z", "+/="), 24)
    + tokens("square-token", "Square token", ["sq0atp-", "sq0csp-"], .base64url, 22)
    + tokens(
      "shopify-token", "Shopify token", ["shpat_", "shpca_", "shppa_", "shpss_", "shptka_"], .hex, 32)
    + tokens("brevo-key", "Brevo key", ["xkeysib-", "xsmtpsib-"], ByteSet("0-9", "A-Z", "a-z", "-"), 64)

  private static let webhooks: [TokenRule] =
    ["services", "workflows", "triggers"].map {
      TokenRule(
        "slack-webhook", "Slack webhook", "hooks.slack.com/\($0)/", ByteSet("0-9", "A-Z", "a-z", "/+_-"), 20,
        keepsLiteral: true)
    }
    + ["discord.com", "discordapp.com"].map {
      TokenRule(
        "discord-webhook", "Discord webhook", "\($0)/api/webhooks/", ByteSet("0-9", "A-Z", "a-z", "/_-"), 40,
        keepsLiteral: true)
    }
    + [
      TokenRule(
        "teams-webhook", "Microsoft Teams webhook", "webhook.office.com/webhookb2/",
        ByteSet("0-9", "A-Z", "a-z", "/@_-"), 36, keepsLiteral: true)
    ]

  private static let models: [TokenRule] =
    tokens("openai-key", "OpenAI API key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], .base64url, 40)
    + [
      TokenRule(
        "openai-key", "OpenAI API key", "T3BlbkFJ", .base64url, 20, after: .base64url, atLeast: 20),
      TokenRule("openrouter-key", "OpenRouter API key", "sk-or-v1-", .hex, 64),
      TokenRule("hugging-face-token", "Hugging Face token", "hf_", .alphanumeric, 34, check: .mixed),
      TokenRule("hugging-face-token", "Hugging Face organisation token", "api_org_", .alphanumeric, 34),
      TokenRule("groq-key", "Groq API key", "gsk_", .alphanumeric, 50),
      TokenRule("xai-key", "xAI API key", "xai-", .alphanumeric, 70),
      TokenRule("perplexity-key", "Perplexity API key", "pplx-", .alphanumeric, 48),
      TokenRule("replicate-token", "Replicate token", "r8_", .alphanumeric, 37, check: .mixed),
      TokenRule("nvidia-key", "NVIDIA API key", "nvapi-", .base64url, 60),
      TokenRule("together-key", "Together API key", "tgp_v1_", .base64url, 43),
      TokenRule("cerebras-key", "Cerebras API key", "csk-", .alphanumeric, 48),
      TokenRule("pinecone-key", "Pinecone API key", "pcsk_", .word, 60),
      TokenRule("tavily-key", "Tavily API key", "tvly-", .base64url, 30, check: .mixed),
      TokenRule("jina-key", "Jina API key", "jina_", .base64url, 60),
      TokenRule("wandb-key", "Weights & Biases key", "wandb_v1_", .word, 70),
    ]
    + tokens(
      "anthropic-key", "Anthropic API key", ["sk-ant-api", "sk-ant-admin", "sk-ant-oat", "sk-ant-sid"],
      .base64url, 80)
    + tokens("langsmith-key", "LangSmith key", ["lsv2_pt_", "lsv2_sk_"], .word, 40)

  private static let platforms: [TokenRule] =
    tokens("vault-token", "HashiCorp Vault token", ["hvs.", "hvb.", "hvr."], .base64url, 24)
    + tokens(
      "exhibit-token", "Exhibit access token", ["exh_"], .hex, 64)
    + tokens(
      "doppler-token", "Doppler token", ["dp.pt.", "dp.st.", "dp.sa.", "dp.ct.", "dp.scim.", "dp.audit."],
      ByteSet("0-9", "A-Z", "a-z", "._-"), 40)
    + tokens(
      "databricks-token", "Databricks token", ["dapi", "dose", "dkea"], ByteSet("0-9", "a-f", "-"), 32,
      check: .mixed)
    + tokens("new-relic-key", "New Relic key", ["NRAK-", "NRJS-", "NRII-", "NRRA-"], .base64url, 19)
    + [
      // Those of Europe begin with `eu01xx`.
      TokenRule("new-relic-key", "New Relic license key", "NRAL", .alphanumeric, 0, after: .hex, atLeast: 30)
    ]
    + tokens(
      "sentry-token", "Sentry token", ["sntrys_", "sntryu_"], ByteSet("0-9", "A-Z", "a-z", "+/=_-"), 60)
    + tokens(
      "dynatrace-token", "Dynatrace token", ["dt0c01.", "dt0s01.", "dt0s16."], ByteSet("0-9", "A-Z", "."), 80)
    + tokens(
      "grafana-token", "Grafana token", ["glsa_", "glc_", "eyJrIjoi"], ByteSet("0-9", "A-Z", "a-z", "+/=_-"),
      40)
    + tokens(
      "planetscale-token", "PlanetScale credential", ["pscale_pw_", "pscale_tkn_", "pscale_oauth_"], .dotted,
      32)
    + tokens("sonar-token", "SonarQube token", ["sqp_", "squ_", "sqa_"], .hex, 40)
    + [TokenRule("fly-token", "Fly.io token", "fo1_", .base64url, 40, check: .mixed)]
    + tokens("fly-token", "Fly.io token", ["fm1_", "fm2_"], ByteSet("0-9", "A-Z", "a-z", "+/=_-"), 100)
    + tokens("digitalocean-token", "DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], .hex, 64)
    + tokens("vercel-token", "Vercel token", ["vcp_", "vci_", "vca_", "vcr_", "vck_"], .alphanumeric, 56)
    + tokens("supabase-key", "Supabase key", ["sbp_", "sb_secret_"], .base64url, 31)
    + [
      TokenRule(
        "terraform-token", "Terraform Cloud token", ".atlasv1.", .base64url, 60, after: .alphanumeric,
        atLeast: 14),
      TokenRule("1password-token", "1Password service account token", "ops_eyJ", .base64url, 200),
      TokenRule(
        "1password-token", "1Password secret key", "A3-", ByteSet("0-9", "A-Z", "-"), 34, check: .mixed),
    ]

  private static let stores: [TokenRule] =
    [
      TokenRule("mongodb-atlas-secret", "MongoDB Atlas service account secret", "mdb_sa_sk_", .base64url, 40),
      TokenRule("aiven-password", "Aiven service password", "AVNS_", .base64url, 15),
      TokenRule("astra-token", "DataStax Astra token", "AstraCS:", ByteSet("0-9", "A-Z", "a-z", ":_-"), 20),
      TokenRule("cockroach-key", "CockroachDB Cloud key", "CCDB1_", .word, 60),
      TokenRule("elastic-key", "Elastic Cloud key", "essu_", .base64, 60),
      TokenRule("confluent-secret", "Confluent Cloud API secret", "cflt", .base64, 56, check: .mixed),
      TokenRule("clickhouse-key", "ClickHouse Cloud key", "4b1d", .alphanumeric, 38, check: .random),
      TokenRule("tailscale-key", "Tailscale key", "tskey-", .base64url, 20),
      TokenRule("pulumi-token", "Pulumi token", "pul-", .hex, 40),
      TokenRule("circleci-token", "CircleCI token", "CCIPAT_", .word, 60),
      TokenRule("buildkite-token", "Buildkite token", "bkua_", .hex, 40),
      TokenRule("snyk-token", "Snyk token", "snyk_uat.", .dotted, 40),
      TokenRule("netlify-token", "Netlify token", "nfp_", .alphanumeric, 36),
      TokenRule("heroku-key", "Heroku API key", "HRKU-", .base64url, 36),
      TokenRule("cloudflare-key", "Cloudflare origin CA key", "v1.0-", ByteSet("0-9", "a-f", "-"), 160),
      TokenRule("deno-token", "Deno Deploy token", "ddp_", .alphanumeric, 36),
      TokenRule("render-key", "Render API key", "rnd_", .alphanumeric, 28, check: .mixed),
      TokenRule("runpod-key", "RunPod key", "rpa_", .alphanumeric, 40),
      TokenRule("neon-key", "Neon API key", "napi_", .alphanumeric, 60),
      TokenRule("sourcegraph-token", "Sourcegraph token", "sgp_", ByteSet("0-9", "a-f", "_"), 40),
      TokenRule("prefect-key", "Prefect API key", "pnu_", .alphanumeric, 36),
      TokenRule("prefect-key", "Prefect service account's key", "pnb_", .alphanumeric, 36),
      TokenRule("octopus-key", "Octopus Deploy key", "API-", .upperAlphanumeric, 25, check: .mixed),
      TokenRule("upcloud-token", "UpCloud token", "ucat_", .alphanumeric, 24),
      TokenRule("openshift-token", "OpenShift token", "sha256~", .base64url, 43),
    ]
    + ["pat.", "sat."].map {
      TokenRule("harness-token", "Harness token", $0, .dotted, 60, check: .random)
    }
    + tokens("dbt-token", "dbt token", ["dbtc_", "dbtu_"], .base64url, 35)

  private static let newcomers: [TokenRule] =
    tokens(
      "cloudflare-key", "Cloudflare token", ["cfut_", "cfat_", "cfk_"], .alphanumeric, 40, check: .mixed)
    + [
      // The token of a tunnel is JSON that begins with the account.
      TokenRule("cloudflare-key", "Cloudflare tunnel token", "eyJhIjoi", .base64, 120),
      TokenRule(
        "resend-key", "Resend API key", "re_", .word, 30, check: .separator(UInt8(ascii: "_"), at: [8])),
      TokenRule("elevenlabs-key", "ElevenLabs API key", "sk_", .hex, 48, check: .mixed),
      TokenRule("deepseek-key", "DeepSeek API key", "sk-", .hex, 32, check: .mixed),
      TokenRule("moonshot-key", "Moonshot API key", "sk-", .alphanumeric, 48, check: .random),
      TokenRule("dropbox-token", "Dropbox access token", "sl.", .dotted, 100, check: .random),
      TokenRule("paypal-token", "PayPal access token", "A21AA", .base64url, 60, check: .random),
      TokenRule("honeycomb-key", "Honeycomb ingest key", "hcaik_", .lowerAlphanumeric, 50, check: .mixed),
      TokenRule(
        "langfuse-key", "Langfuse secret key", "sk-lf-", ByteSet("0-9", "a-f", "-"), 36, check: .uuid),
      TokenRule("e2b-key", "E2B API key", "e2b_", .hex, 40, check: .mixed),
      TokenRule("browserbase-key", "Browserbase API key", "bb_live_", .base64url, 24, check: .random),
      TokenRule(
        "stytch-key", "Stytch secret", "secret-live-", ByteSet("0-9", "A-Z", "a-z", "_=-"), 32, check: .random
      ),
      TokenRule("netbird-token", "NetBird access token", "nbp_", .alphanumeric, 36, check: .mixed),
      TokenRule("inngest-key", "Inngest signing key", "signkey-prod-", .hex, 32, check: .mixed),
      TokenRule("frameio-token", "Frame.io token", "fio-u-", .base64url, 60, check: .mixed),
      TokenRule(
        "zapier-webhook", "Zapier webhook", "hooks.zapier.com/hooks/catch/",
        ByteSet("0-9", "a-z", "A-Z", "/"), 12,
        keepsLiteral: true),
    ]
    + tokens(
      "axiom-token", "Axiom token", ["xaat-", "xapt-"], ByteSet("0-9", "a-f", "-"), 36, check: .uuid)
    + tokens("kong-token", "Kong Konnect token", ["kpat_", "spat_"], .alphanumeric, 40, check: .mixed)
    + tokens(
      "polar-token", "Polar access token", ["polar_oat_", "polar_pat_"], .alphanumeric, 40, check: .mixed)

  private static let generic: [TokenRule] =
    [
      TokenRule("jwt", "JSON Web Token", "eyJ", .base64url, 10, check: .webToken),
      TokenRule("age-key", "age secret key", "AGE-SECRET-KEY-1", .upperAlphanumeric, 50),
      TokenRule("password-hash", "LDAP password hash", "{SSHA", ByteSet("0-9", "A-Z", "a-z", "+/=}"), 24),
      TokenRule("password-hash", "LDAP password hash", "{SHA}", padded, 27, check: .mixed),
      TokenRule("password-hash", "GRUB password hash", "grub.pbkdf2.", ByteSet("0-9", "A-Z", "a-z", "."), 64),
      // Juniper's can be turned back.
      TokenRule("password-hash", "secret of Juniper's or Cisco's routers", "$9$", .hash, 12, check: .random),
      TokenRule("password-hash", "secret of Cisco's routers", "$8$", .hash, 25, check: .mixed),
    ]
    + tokens(
      "password-hash", "crypt(3) password hash",
      [
        "$1$", "$5$", "$6$", "$y$", "$gy$", "$7$", "$2a$", "$2b$", "$2y$", "$apr1$", "bcrypt_sha256$",
        "{PBKDF2", "{SMD5}", "{CRYPT}$",
      ],
      .hash, 25,
      check: .mixed)
    + tokens(
      "password-hash", "password hash with its parameters",
      ["$argon2", "$pbkdf2", "pbkdf2_sha256$", "pbkdf2_sha1$", "$scrypt$"], .hash, 48, check: .mixed)
    + [
      TokenRule(
        "private-key", "private key in base64", "LS0tLS1CRUdJTi", ByteSet("0-9", "A-Z", "a-z", "+/="), 50,
        check: .privateKey)
    ]
}
