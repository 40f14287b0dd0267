# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# nginx.bash -- the member of all environments, where many requests are to be answered fast

# nginx_conf DIR CONNECTIONS BODY: what an nginx reads that answers BODY, with nginx's variables, at
# port 9000 of every address; what it writes goes to DIR
nginx_conf() {
  cat <<CONF
daemon off; worker_processes 1; pid $1/pid; error_log /dev/null;
events { worker_connections $2; }
http {
  access_log off;
  client_body_temp_path $1/b; proxy_temp_path $1/p;
  fastcgi_temp_path $1/f; uwsgi_temp_path $1/u; scgi_temp_path $1/s;
  server { listen 9000; location / { return 200 "$3\n"; } }
}
CONF
}
