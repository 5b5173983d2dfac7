# ruff: noqa: E501 - a step is a line, as people read it
"""Six guides of the demo, each in Indonesian and English: what happens often and needs nobody."""

from tickets.enums import Kind

T, D = Kind.TROUBLESHOOTING, Kind.DATA_UPDATE
# kind, (title, text) in Indonesian, (title, text) in English
GUIDES: list[tuple[str, tuple[str, str], tuple[str, str]]] = [
    (
        T,
        (
            "Printer tidak mencetak",
            """1. Lihat lampunya. Merah berkedip berarti kertas habis, kertas macet, atau tinta habis.
2. Kertas macet: matikan printer, buka penutup depan dan belakang, tarik kertas pelan-pelan searah jalannya, lalu nyalakan lagi.
3. Lampu hijau tetapi tidak mencetak: di komputer buka Pengaturan, Printer, lalu hapus semua antrean cetak dan cetak satu halaman saja.
4. Printer kasir: pastikan kertas struk terpasang dengan sisi licin menghadap ke luar.

Masih belum bisa? Ajukan permintaan dengan foto lampu printer dan nomor pada stiker.""",
        ),
        (
            "The printer does not print",
            """1. Look at its lights. A blinking red one means: no paper, a paper jam, or no ink.
2. Paper jam: switch the printer off, open the front and the back, pull the paper out slowly the way it was going, switch it on again.
3. Green light but nothing comes out: open Settings, Printers on the computer, delete everything that waits and print a single page.
4. Receipt printer: the shiny side of the paper looks outwards.

Still nothing? Ask us, with a photo of the lights and the number on the sticker.""",
        ),
    ),
    (
        T,
        (
            "Internet cabang lambat atau putus",
            """1. Coba buka dua situs yang berbeda. Bila hanya satu yang tidak terbuka, situs itulah yang bermasalah.
2. Tanyakan rekan di sebelah. Bila hanya komputer Anda, cabut kabel jaringannya, tunggu sepuluh detik, pasang lagi.
3. Bila seluruh cabang: lihat lampu modem. Bila lampu "Internet" merah atau mati, cabut listrik modem satu menit, pasang lagi, tunggu lima menit.
4. Jangan menekan tombol Reset di belakang modem: pengaturannya akan hilang.

Masih putus? Telepon IT, karena tanpa internet permintaan tidak dapat dikirim.""",
        ),
        (
            "The internet of the branch is slow or gone",
            """1. Try two different sites. If only one of them does not open, the trouble is theirs.
2. Ask a colleague. If it is only your computer, unplug its network cable, wait ten seconds, plug it in again.
3. If it is the whole branch: look at the modem. If its "Internet" light is red or off, take its power away for a minute, plug it in, wait five minutes.
4. Never press Reset at the back of the modem: it forgets its settings.

Still gone? Call IT, for without internet no request can be sent.""",
        ),
    ),
    (
        T,
        (
            "Lupa kata sandi",
            """1. Di halaman masuk tekan "Lupa kata sandi?" dan tulis alamat e-mail kantor Anda.
2. Buka e-mail yang datang dalam beberapa menit. Tidak ada? Lihat folder Spam.
3. Buat kata sandi baru yang panjang: tiga atau empat kata yang hanya berarti bagi Anda.
4. Jangan memberitahukan kata sandi kepada siapa pun, juga tidak kepada IT. Kami tidak pernah menanyakannya.

Akun terkunci setelah beberapa kali salah? Tunggu lima menit, lalu coba lagi.""",
        ),
        (
            "I forgot my password",
            """1. Press "Forgot your password?" on the sign-in page and write your office e-mail address.
2. Open the letter that comes within minutes. Nothing there? Look into the spam folder.
3. Choose a long new one: three or four words that mean something to you alone.
4. Tell nobody your password, not even IT. We never ask for it.

Locked out after several wrong ones? Wait five minutes and try again.""",
        ),
    ),
    (
        T,
        (
            "Komputer sangat lambat",
            """1. Simpan pekerjaan Anda dan nyalakan ulang komputer (Restart, bukan Shut down). Ini membantu pada sebagian besar kasus.
2. Tutup program dan tab peramban yang tidak dipakai; lebih dari dua puluh tab memperlambat komputer lama.
3. Lihat sisa ruang di drive C:. Bila kurang dari 5 GB, kosongkan Recycle Bin dan folder Unduhan.
4. Bila ada tulisan "Memperbarui Windows", biarkan sampai selesai; jangan dimatikan.

Masih lambat setelah itu? Ajukan permintaan dan tuliskan program mana yang lambat dan sejak kapan.""",
        ),
        (
            "The computer is very slow",
            """1. Save your work and restart the computer (Restart, not Shut down). Most of the time that is enough.
2. Close programs and browser tabs that you do not use; more than twenty tabs slow an old computer down.
3. Look how much room is left on drive C:. Below 5 GB, empty the recycle bin and the Downloads folder.
4. If it says "Updating Windows", let it finish; do not switch it off.

Still slow? Ask us, and write which program is slow, and since when.""",
        ),
    ),
    (
        D,
        (
            "Salah input transaksi di POS Kasir",
            """1. Transaksi hari ini yang belum ditutup: buka Transaksi, cari nomornya, tekan Batalkan, lalu masukkan lagi dengan benar. Kepala cabang harus menyetujui.
2. Transaksi kemarin atau sebelumnya tidak dapat dibatalkan sendiri. Ajukan pembaruan data.
3. Siapkan: nomor struk, tanggal, isi yang salah, dan isi yang benar. Foto struk sangat membantu.

Data produksi hanya diubah oleh IT dengan persetujuan (SOP). Itu melindungi Anda juga.""",
        ),
        (
            "A wrong transaction in POS Kasir",
            """1. A transaction of today whose till is still open: open Transactions, find its number, press Cancel, and enter it again. The branch head must agree.
2. One of yesterday or before cannot be cancelled by yourself. Ask for a data update.
3. Have ready: the number of the receipt, its date, what is wrong and what is right. A photo of the receipt helps a lot.

Production data is changed by IT only, with approval (SOP). That protects you as well.""",
        ),
    ),
    (
        T,
        (
            "E-mail mencurigakan: jangan dibuka",
            """1. Jangan menekan tautan dan jangan membuka lampirannya, juga bila pengirimnya tampak dikenal.
2. Tanda-tandanya: mendesak ("akun Anda akan ditutup"), meminta kata sandi atau kode, alamat pengirim yang aneh, lampiran .zip atau .html yang tidak Anda minta.
3. Telepon pengirimnya dengan nomor yang sudah Anda miliki, bukan nomor di e-mail itu.
4. Sudah terlanjur menekan? Cabut kabel jaringan, jangan matikan komputer, dan segera telepon IT. Tidak ada yang akan memarahi Anda.

Ajukan permintaan dengan foto layar agar cabang lain dapat diperingatkan.""",
        ),
        (
            "A suspicious e-mail: do not open it",
            """1. Press no link and open no attachment, even if you seem to know the sender.
2. The signs: it is urgent ("your account will be closed"), it asks for a password or a code, the address of the sender is odd, it brings a .zip or .html that you did not ask for.
3. Call the sender by a number that you already have, not by the one in the e-mail.
4. Already pressed it? Pull the network cable, leave the computer on, and call IT at once. Nobody will be angry with you.

Ask us with a photo of the screen, so that the other branches can be warned.""",
        ),
    ),
]
