"""Teams of experts and canned answers of the demo group."""

# name: what it knows, members
TEAMS = {
    "Jaringan": ("Router, VPN, wifi, sambungan antarcabang", ("agung.pratama", "yusuf.maulana")),
    "Basis data": ("Perbaikan data dan akses ke basis data", ("fitri.handayani", "db.manager")),
}
# title, text
CANNED = (
    (
        "Sudah kami terima",
        "Halo {requester},\n\n{number} sudah kami terima dan sedang diperiksa. Kami kabari lagi hari ini.\n\n{agent}",
    ),
    (
        "Mohon foto",
        "Halo {requester},\n\nmohon kirim foto layar atau pesan galatnya, supaya kami tahu mulai dari mana.\n\n{agent}",
    ),
    (
        "Silakan dicoba",
        "Halo {requester},\n\n“{title}” sudah kami perbaiki. Mohon dicoba dan kabari apakah sudah benar.\n\n{agent}",
    ),
)
