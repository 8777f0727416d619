#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Programs that know nothing of a NIC, over connections that it has: redis, ssh with
# scp and rsync, git over http (nginx), python's http server with curl, iperf3,
# postgresql. Once as they are, and once while all connections are taken up and down
# all the time. What each moves is seen by both NICs.
#
# scripts/deps programs installs them. TOE_PROGRAMS='redis git' picks some.
: "${SCALE:=20}"	# percent
. "$(dirname "$0")/lib.sh"

bytes=$(scaled 20000000 1000000)
requests=$(scaled 10000 500)
postgres=$(echo /usr/lib/postgresql/*/bin)

declare -A needs=(
	[redis]='redis-server redis-benchmark redis-cli'
	[ssh]='/usr/sbin/sshd ssh ssh-keygen scp rsync'
	[git]='git nginx fcgiwrap /usr/lib/git-core/git-http-backend'
	[http]='python3 curl'
	[iperf]='iperf3'
	[postgres]="$postgres/initdb $postgres/pgbench"
)

servers=()
mover=

clean()
{
	kill ${mover:+"$mover"} "${servers[@]}" 2> /dev/null
	cleanup
}
trap clean EXIT

# server PORT COMMAND...: in B, until the end
server()
{
	local port=$1
	shift
	(exec nsenter --net=/run/netns/B "$@" > "$scratch/log.$port" 2>&1) &
	servers+=($!)
	check "listens on $port: ${1##*/}" wait_for 60 listening B "$port"
}

same()
{
	cmp "$scratch/payload" "$1"
}

# --- redis ------------------------------------------------------------------------
start_redis()
{
	server 6379 redis-server --port 6379 --save '' --appendonly no \
		--protected-mode no --dir "$scratch"
}

run_redis()
{
	on A redis-benchmark -h $B4 -t set,get,lrange_100 -n "$requests" -c 8 \
		-d 1000 -P 2 --csv &&
		on A redis-cli -h $B6 -x set payload < "$scratch/payload" &&
		on A redis-cli -h $B6 --raw get payload |
			head -c "$bytes" > "$scratch/back" &&
		same "$scratch/back"
}

# --- ssh, scp, rsync --------------------------------------------------------------
start_ssh()
{
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
	cat > "$scratch/sshd_config" <<-EOF
		Port 2222
		HostKey $scratch/host_key
		AuthorizedKeysFile $scratch/key.pub
		StrictModes no
		PermitRootLogin yes
		UsePAM no
		PidFile none
		Subsystem sftp internal-sftp
	EOF
	cat > "$scratch/ssh_config" <<-EOF
		Host *
		User root
		Port 2222
		IdentityFile $scratch/key
		StrictHostKeyChecking no
		UserKnownHostsFile /dev/null
		LogLevel ERROR
	EOF
	server 2222 /usr/sbin/sshd -D -e -f "$scratch/sshd_config"
}

run_ssh()
{
	local ssh="ssh -F $scratch/ssh_config"

	rm -rf "$scratch/tree.2"
	# shellcheck disable=SC2086 # words
	on A $ssh $B4 "cat > '$scratch/up'" < "$scratch/payload" &&
		same "$scratch/up" &&
		on A scp -q -F "$scratch/ssh_config" "[$B6]:$scratch/payload" \
			"$scratch/down" && same "$scratch/down" &&
		on A rsync -a -e "$ssh" "$scratch/tree/" "$B4:$scratch/tree.2" &&
		diff -r "$scratch/tree" "$scratch/tree.2"
}

# --- git over http ----------------------------------------------------------------
start_git()
{
	export GIT_CONFIG_GLOBAL=$scratch/gitconfig
	git config --global user.name test
	git config --global user.email test@example.org
	git config --global safe.directory '*'
	git config --global init.defaultBranch main
	git init -q "$scratch/work"
	cp -r "$scratch/tree" "$scratch/work/"
	git -C "$scratch/work" add .
	git -C "$scratch/work" commit -q -m first
	mkdir "$scratch/git"
	git clone -q --bare "$scratch/work" "$scratch/git/one.git"
	git -C "$scratch/git/one.git" config http.receivepack true
	(exec fcgiwrap -c 2 -s "unix:$scratch/fcgi" > "$scratch/log.fcgi" 2>&1) &
	servers+=($!)
	cat > "$scratch/nginx.conf" <<-EOF
		user root;
		daemon off;
		pid $scratch/nginx.pid;
		error_log $scratch/nginx.log;
		events { }
		http {
			access_log off;
			client_max_body_size 0;
			server {
				listen 8080;
				listen [::]:8080;
				location ~ ^/git(/.*) {
					include /etc/nginx/fastcgi_params;
					fastcgi_param SCRIPT_FILENAME
						/usr/lib/git-core/git-http-backend;
					fastcgi_param GIT_PROJECT_ROOT $scratch/git;
					fastcgi_param GIT_HTTP_EXPORT_ALL 1;
					fastcgi_param GIT_CONFIG_GLOBAL
						$scratch/gitconfig;
					fastcgi_param PATH_INFO \$1;
					fastcgi_pass unix:$scratch/fcgi;
				}
			}
		}
	EOF
	server 8080 nginx -c "$scratch/nginx.conf"
}

run_git()
{
	local url="http://$B4:8080/git/one.git" pushed="$scratch/clone/pushed"

	rm -rf "$scratch/clone" "$scratch/clone.2"
	on A git clone -q "$url" "$scratch/clone" &&
		diff -r "$scratch/tree" "$scratch/clone/tree" &&
		head -c "$((bytes / 4))" /dev/urandom > "$pushed" &&
		git -C "$scratch/clone" add pushed &&
		git -C "$scratch/clone" commit -q -m pushed &&
		on A git -C "$scratch/clone" push -q &&
		on A git clone -q "http://[$B6]:8080/git/one.git" \
			"$scratch/clone.2" &&
		cmp "$pushed" "$scratch/clone.2/pushed"
}

# --- python -----------------------------------------------------------------------
start_http()
{
	server 8000 python3 -m http.server 8000 --bind :: -d "$scratch/tree"
}

run_http()
{
	local i

	for ((i = 0; i < 20; i++)); do
		on A curl -sf "http://$B4:8000/small.$i" |
			cmp - "$scratch/tree/small.$i" || return
	done
	on A curl -sf "http://[$B6]:8000/big" > "$scratch/big" &&
		same "$scratch/big"
}

# --- iperf3 -----------------------------------------------------------------------
start_iperf()
{
	server 5201 iperf3 -s
}

run_iperf()
{
	on A iperf3 -J -c $B4 -n "$bytes" -P 2 > "$scratch/iperf" &&
		on A iperf3 -J -c $B6 -n "$bytes" -R > "$scratch/iperf.2" &&
		jq -es 'all(.error == null)' "$scratch/iperf" "$scratch/iperf.2"
}

# --- postgresql -------------------------------------------------------------------
as_postgres()
{
	setpriv --reuid postgres --regid postgres --clear-groups "$@"
}

start_postgres()
{
	local db=$scratch/db

	chmod 755 "$scratch"
	install -d -o postgres "$db"
	as_postgres "$postgres/initdb" -D "$db" -A trust --no-sync \
		> "$scratch/log.initdb" 2>&1
	echo 'host all all all trust' >> "$db/pg_hba.conf"
	server 5432 setpriv --reuid postgres --regid postgres --clear-groups \
		"$postgres/postgres" -D "$db" -h '*' -F -k "$db"
}

run_postgres()
{
	on A "$postgres/pgbench" -h $B4 -U postgres -i -q -s 1 postgres &&
		on A "$postgres/pgbench" -h $B6 -U postgres -c 4 -j 2 \
			-t $((requests / 40)) postgres &&
		on A psql -h $B4 -U postgres -At -c \
			'select sum(abalance) from pgbench_accounts' postgres
}

# --- all of them ------------------------------------------------------------------
# The least that a run of each moves through A's NIC, both ways
declare -A least=(
	[redis]=$((2 * bytes)) [ssh]=$((3 * bytes))
	[git]=$((3 * bytes / 2)) [http]=$((bytes)) [iperf]=$((2 * bytes))
	[postgres]=1000000
)

there()
{
	local p

	# shellcheck disable=SC2086 # words
	for p in ${needs[$1]}; do
		command -v "$p" > /dev/null || {
			echo "$p is missing: scripts/deps programs installs it"
			return 1
		}
	done
}

moved_by()
{
	echo $(($(estat "$1" toe_tx_bytes) + $(estat "$1" toe_rx_bytes)))
}

# through NAME HOW: it works, and most of it goes through both NICs
through()
{
	local down a b part=9

	# half of the time nobody's
	[[ $mover ]] && part=2
	down=$(toe_stat A total offloaded)
	a=$(moved_by A) b=$(moved_by B)
	check "$1 $2" "run_$1"
	check "$1 $2: went down" at_least $((down + 1)) \
		toe_stat A total offloaded
	check "$1 $2: through the NIC" \
		at_least $((a + ${least[$1]} * part / 10)) moved_by A
	check "$1 $2: of the server, too" \
		at_least $((b + ${least[$1]} * part / 10)) moved_by B
}

move()
{
	local h

	for ((;;)); do
		for h in A B; do
			on $h toectl conn upload all
			on $h toectl conn offload all
		done > /dev/null 2>&1
		nap
	done
}

pair_up nic
on A sysctl -qw net.toe.retry_ms=20
on B sysctl -qw net.toe.retry_ms=20
mkdir "$scratch/tree"
head -c "$bytes" /dev/urandom > "$scratch/payload"
for ((i = 0; i < 20; i++)); do
	head -c $((RANDOM + 1)) "$scratch/payload" > "$scratch/tree/small.$i"
done
cp "$scratch/payload" "$scratch/tree/big"

read -ra names <<< "${TOE_PROGRAMS:-redis ssh git http iperf postgres}"
for name in "${names[@]}"; do
	check "$name is there" there "$name" || continue
	"start_$name"
	through "$name" plain
done
for h in A B; do
	check "$h: up to close, or at the peer's" uploaded_only $h close closing \
		peer-reset unsupported
done
move &
mover=$!
for name in "${names[@]}"; do
	there "$name" > /dev/null || continue
	before=$(toe_stat A uploaded admin)
	through "$name" moved
	check "$name moved: again and again" at_least $((before + 3)) \
		toe_stat A uploaded admin
done
kill $mover
wait $mover 2> /dev/null
mover=
for h in A B; do
	check "$h: no NIC lied or died" exactly 0 toe_stat $h total rebuilt
done
echo "1..$e2e_count"
