# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What agents send, in the shape of the real ones: JSON of GLPI-Agent, XML of FusionInventory-Agent."""

import json
import zlib
from typing import Any
from xml.sax.saxutils import escape

AGENT = "5c1f9d06-2c6e-4f53-9a44-9d6c2f5b1a01"
UUID = "4C4C4544-0042-3510-8051-B4C04F564433"


def windows(**changes: Any) -> dict[str, Any]:
    """The content of a full report of a portable PC with Windows on which all is well; sections can be replaced."""
    content: dict[str, Any] = {
        "versionclient": "GLPI-Agent_v1.7.1",
        "hardware": {"name": "BDG-PC-017", "uuid": UUID, "chassis_type": "Laptop", "memory": 16384,
                     "lastloggeduser": "sari", "workgroup": "KUMALA"},
        "bios": {"smanufacturer": "Dell Inc.", "smodel": "Latitude 5420", "ssn": "B5Q8VD3", "bversion": "1.21.0"},
        "operatingsystem": {"full_name": "Microsoft Windows 11 Pro", "version": "23H2", "arch": "64-bit",
                            "boot_time": "2026-11-30 07:58:00"},
        "cpus": [{"name": "11th Gen Intel(R) Core(TM) i5-1145G7", "manufacturer": "Intel", "core": 4}],
        "drives": [{"letter": "C:", "total": 487000, "free": 210000, "encrypt_status": "Yes", "encrypt_name": "BitLocker"}],
        "networks": [{"description": "Intel Wi-Fi 6", "mac": "a4:bb:6d:01:02:03", "ipaddress": "192.168.10.17", "status": "up"}],
        "antivirus": [{"name": "Windows Defender", "enabled": True, "uptodate": True, "base_creation": "2026-11-29"}],
        "firewalls": [{"profile": p, "status": "on"} for p in ("DomainProfile", "PublicProfile", "StandardProfile")],
        "softwares": [
            {"name": "Google Chrome", "version": "119.0.6045.160", "publisher": "Google LLC", "install_date": "2026-10-02"},
            {"name": "7-Zip 23.01 (x64)", "version": "23.01", "publisher": "Igor Pavlov"},
            {"name": "KB5032190", "publisher": "Microsoft", "system_category": "security_update", "install_date": "2026-11-15"},
        ],
        "environment": [{"key": "SECRET_TOKEN", "val": "do-not-read-this"}],
    }  # fmt: skip
    return content | changes


def changed(content: dict[str, Any], section: str, **facts: Any) -> dict[str, Any]:
    """The same with other facts in one section."""
    return content | {section: content[section] | facts}


def as_json(content: dict[str, Any] | None = None, **around: Any) -> bytes:
    """An inventory as GLPI-Agent writes it: indented JSON."""
    said = {"action": "inventory", "content": content or windows(), "deviceid": "BDG-PC-017-2026-03-02-08-00-00",
            "itemtype": "Computer"} | around  # fmt: skip
    return json.dumps(said, indent=3).encode()


def partial(**sections: Any) -> bytes:
    """Only what changed, with the sections that always come along."""
    full = windows()
    content = {name: full[name] for name in ("versionclient", "hardware", "bios")} | sections
    return as_json(content, partial=True)


def as_xml(sections: str = "", *, device: str = "bdg-srv-2026-01-05-09-00-00", name: str = "bdg-srv", serial: str = "VMK-00412-X",
           encoding: str = "UTF-8") -> bytes:  # fmt: skip
    """An inventory as FusionInventory-Agent writes it."""
    said = f"""<?xml version="1.0" encoding="{encoding}" ?>
<REQUEST>
  <CONTENT>
    <BIOS><SMANUFACTURER>HPE</SMANUFACTURER><SMODEL>ProLiant DL360</SMODEL><SSN>{escape(serial)}</SSN></BIOS>
    <FIREWALL><STATUS>on</STATUS></FIREWALL>
    <HARDWARE><NAME>{escape(name)}</NAME><UUID>30373237-3132-4D32-3233-343530{serial_hex(serial)}</UUID><OSNAME>Debian GNU/Linux 12</OSNAME></HARDWARE>
    <OPERATINGSYSTEM><FULL_NAME>Debian GNU/Linux 12 (bookworm)</FULL_NAME><VERSION>12.11</VERSION></OPERATINGSYSTEM>
    <PROCESSES><CMD>mysqld --password=do-not-read-this</CMD></PROCESSES>
    <SOFTWARES><NAME>openssl</NAME><VERSION>3.0.17-1~deb12u3</VERSION><PUBLISHER>Debian</PUBLISHER></SOFTWARES>
    <SOFTWARES><NAME>bash</NAME><VERSION>5.2.15-2+b8</VERSION><PUBLISHER>Debian</PUBLISHER></SOFTWARES>
    {sections}
    <VERSIONPROVIDER><NAME>FusionInventory</NAME><VERSION>2.6-3</VERSION></VERSIONPROVIDER>
  </CONTENT>
  <DEVICEID>{escape(device)}</DEVICEID>
  <QUERY>INVENTORY</QUERY>
</REQUEST>
"""
    return said.encode(encoding)


def serial_hex(serial: str) -> str:
    """Six digits that belong to a serial number: another one, another UUID."""
    return f"{zlib.crc32(serial.encode()) & 0xFFFFFF:06x}"


PROLOG = b"""<?xml version="1.0" encoding="UTF-8" ?>
<REQUEST>
  <DEVICEID>bdg-srv-2026-01-05-09-00-00</DEVICEID>
  <QUERY>PROLOG</QUERY>
  <TOKEN>12345678</TOKEN>
</REQUEST>
"""
CONTACT = json.dumps(
    {
        "action": "contact", "deviceid": "BDG-PC-017-2026-03-02-08-00-00", "name": "GLPI-Agent", "version": "1.7.1",
        "installed-tasks": ["inventory", "deploy", "collect", "netdiscovery"],
        "enabled-tasks": ["inventory", "deploy", "collect", "netdiscovery"],
    }
).encode()  # fmt: skip
