# shellcheck shell=bash
# Random secrets in the shapes that logs, config files and deploy records really hold. They are made anew for
# each run: none is in the repository, and each shape is put together here from parts.

ALNUM=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789

# The planted secrets by name; SECRET[x] fills ${x} in a template.
declare -gA SECRET=()

# random_text ALPHABET LENGTH
random_text() {
  local text="" index
  for ((index = 0; index < $2; index++)); do text+=${1:SRANDOM%${#1}:1}; done
  echo "$text"
}

make_secrets() {
  local name
  for name in env_password json_password url_password command_password query_token cookie api_key \
    config_old_password config_new_password config_url_password ini_secret yaml_token \
    deploy_password alert_password title_password; do
    SECRET[$name]=$(random_text "$ALNUM" 26)
  done
  SECRET[bearer]=$(random_text "$ALNUM-_" 43)
  SECRET[basic]=$(printf 'deploy:%s' "$(random_text "$ALNUM" 21)" | base64 -w0)
  SECRET[aws_id]=AKIA$(random_text ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 16)
  SECRET[aws_key]=$(random_text "$ALNUM/+" 40)
  SECRET[github]=ghp_$(random_text "$ALNUM" 36)
  SECRET[slack]=xoxb-$(random_text 0123456789 12)-$(random_text 0123456789 12)-$(random_text "$ALNUM" 24)
  SECRET[stripe]=sk_live_$(random_text "$ALNUM" 24)
  SECRET[jwt]=$(printf '{"alg":"HS256","typ":"JWT"}' | base64 -w0 | tr -d =).$(random_text "$ALNUM" 60)
  SECRET[jwt]+=.$(random_text "$ALNUM-_" 43)
  SECRET[pem_1]=MIIEpAIBAAKCAQEA$(random_text "$ALNUM/+" 48)
  SECRET[pem_2]=$(random_text "$ALNUM/+" 64)
  SECRET[pem_3]=$(random_text "$ALNUM/+" 62)==
  # PEM labels are split here so that secret scanners do not stop at this file.
  PEM_LABEL="RSA PRIVATE"" KEY"
}

# fill_template FILE: the file with ${name} replaced by the secret of that name; an unknown name is an error.
fill_template() {
  local text name
  text=$(<"$1")
  for name in "${!SECRET[@]}"; do text=${text//"\${$name}"/${SECRET[$name]}}; done
  text=${text//"\${pem_label}"/$PEM_LABEL}
  if [[ $text == *"\${"* ]]; then
    echo "$1: no secret fills the placeholder \${${text#*"\${"}" >&2
    return 1
  fi
  printf '%s\n' "$text"
}

# write_secrets FILE: one a line, for grep -F -f.
write_secrets() { (umask 077 && printf '%s\n' "${SECRET[@]}" >"$1"); }

# find_secrets FILE PATH...: fails, and says which secret is where, when one of them is found.
find_secrets() {
  local list=$1 status=0
  shift
  # -a: a database is text as well; -o would print the secret itself, so only names are said.
  grep -rlaF -f "$list" -- "$@" || status=$?
  case $status in 0) echo "^ planted secrets are in these files" >&2; return 1 ;; 1) return 0 ;; *) return 2 ;; esac
}
