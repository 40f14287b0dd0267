#!/bin/sh
# SPDX-License-Identifier: MIT
# seal.sh -- the last step before an image is taken of this machine: what is its own goes
#
# The agent's part is "agentctl seal". The rest is what copies must not have in common: the machine's
# id, DHCP leases, the seeds of random numbers and of credentials, the journal. Host keys of ssh stay,
# as nothing would make new ones: whoever wants each copy to have its own removes them here too.
# Switch the machine off then, in order, and take the image. As root; to be run again if it fails.
set -eu

agentctl seal || [ $? = 3 ] # 3: what somebody changed by hand stays, and is part of the image

if command -v cloud-init >/dev/null; then
  cloud-init clean --logs
fi

# DHCP clients and the random seed's service write once more when they are stopped, so this goes after them:
# a unit of this boot alone, which is stopped when all that it is ordered before has been.
cat >/run/systemd/system/envagent-seal.service <<'END'
[Unit]
Description=Removes leases and seeds when this machine is switched off
DefaultDependencies=no
RequiresMountsFor=/var
Conflicts=shutdown.target
Before=shutdown.target networking.service NetworkManager.service systemd-networkd.service systemd-random-seed.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh -c 'rm -f /var/lib/dhcp/*.lease* /var/lib/dhclient/*.lease* /var/lib/NetworkManager/*.lease \
  /var/lib/NetworkManager/secret_key /var/lib/NetworkManager/timestamps \
  /var/lib/systemd/random-seed /var/lib/systemd/credential.secret; sync'
END
systemctl daemon-reload
systemctl start envagent-seal.service

# Until it is off the journal is kept in memory.
if [ -d /var/log/journal ]; then
  journalctl --relinquish-var
  rm -rf /var/log/journal/*
fi
# Empty, not absent: so the next boot makes a new one and is no first boot, which would set all to the presets.
: >/etc/machine-id
if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then
  rm /var/lib/dbus/machine-id
fi
sync
echo "sealed: switch this machine off, and take the image"
