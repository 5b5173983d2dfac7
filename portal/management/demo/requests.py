"""Some eighty requests as branches write them. `stage` says how far the actions carry each of them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    """One request: who asks, what, how long ago in minutes, who works on it, and how far it gets."""

    stage: str
    who: str
    title: str
    text: str
    details: dict[str, str] = field(default_factory=dict)
    agent: str = "agent"
    hours: str = ""
    priority: str = "medium"
    ago: int = 40
    system: str = "HRIS"
    version: str = "1.0.0"
    answer: str = "Terima kasih, sudah kami terima. Kami periksa dan kabari lagi di sini."
    done: str = "Sudah kami perbaiki. Silakan dicoba, lalu beri tahu kami apakah sudah benar."


def _trouble(place: str, impact: str = "me") -> dict[str, str]:
    return {"impact": impact, "place": place}


def _data(application: str, before: str, after: str) -> dict[str, str]:
    return {"application": application, "before": before, "after": after}


def _dev(application: str, benefit: str) -> dict[str, str]:
    return {"application": application, "benefit": benefit}


NET, DESK, FIELD = "agung.pratama", "nadia.permata", "yusuf.maulana"
DATA, CODE = "fitri.handayani", "rizky.ramadhan"

TROUBLESHOOTING = [
    Ask("new", "requester", "Printer struk di loket 2 tidak mencetak", "Lampu printer menyala hijau, tetapi tidak ada kertas yang keluar. Sudah kami matikan dan nyalakan dua kali.", _trouble("Epson TM-T82, stiker BDG-0142", "some"), ago=8),
    Ask("new", "siti.aminah", "Kasir tidak bisa masuk ke POS", "Setelah ganti sif, muncul pesan “sesi masih aktif di perangkat lain”. Antrean sudah panjang.", _trouble("POS Kasir, komputer 3", "some"), ago=66),
    Ask("new", "eko.prasetyo", "Pemindai barcode gudang sering putus", "Sambungan Bluetooth-nya putus tiap beberapa menit, jadi stok harus diketik manual.", _trouble("Zebra DS2278", "some"), ago=97),
    Ask("new", "markus.kogoya", "Internet cabang Jayapura mati total", "Lampu LOS di modem merah sejak pagi. Kami pakai tethering dari ponsel.", _trouble("Modem dan router utama", "branch"), ago=112, priority="high"),
    Ask("new", "fransiska", "Komputer loket menyala tetapi layar hitam", "Kipasnya berbunyi, monitor sudah ditukar tetapi tetap hitam.", _trouble("PC loket 1, stiker AMB-0031"), ago=131),
    Ask("new", "nurhayati", "Email kantor tidak bisa mengirim lampiran", "Setiap lampiran PDF di atas 2 MB gagal terkirim, padahal kemarin masih bisa.", _trouble("Outlook"), ago=154),
    Ask("waiting", "dewi.lestari", "Excel sering berhenti saat membuka laporan bulanan", "Berkasnya 40 MB dengan banyak rumus. Komputer saya RAM-nya 4 GB.", _trouble("Laptop BDG-0117"), agent=DESK, priority="low", ago=85),
    Ask("waiting", "lina.marlina", "Mesin absensi sidik jari tidak mengenali karyawan baru", "Tiga karyawan baru sudah didaftarkan, tetapi selalu ditolak.", _trouble("Mesin absensi pintu timur", "some"), agent=FIELD, ago=70),
    Ask("waiting", "rosmaida", "Wi-Fi ruang rapat sangat lambat", "Rapat daring sering putus kalau lebih dari lima orang.", _trouble("Access point lantai 2", "some"), agent=NET, priority="low", ago=95),
    Ask("waiting", "jeane.lumentut", "Telepon IP loket layanan tidak ada nada", "Layarnya bertuliskan “registering” terus-menerus.", _trouble("Telepon IP 3 unit", "some"), agent=NET, ago=50),
    Ask("working", "requester", "Folder bersama cabang tidak bisa dibuka", "Muncul pesan “Anda tidak memiliki izin”, padahal kemarin masih bisa.", _trouble("Folder Laporan Cabang", "some"), agent=NET, priority="high", ago=60),
    Ask("working", "mulyadi", "Antivirus menampilkan peringatan terus", "Setiap menyalakan komputer muncul tiga peringatan berwarna merah.", _trouble("PC administrasi PLB-0022"), agent=DESK, priority="high", ago=75),
    Ask("working", "rahmat.hidayat", "Timbangan truk tidak terbaca aplikasi", "Angka di timbangan benar, tetapi di aplikasi tetap nol.", _trouble("Timbangan truk, port COM3", "branch"), agent=FIELD, priority="high", ago=65),
    Ask("working", "made.wirawan", "Laptop panas dan mati sendiri", "Mati setelah kurang lebih 20 menit dipakai.", _trouble("Laptop DPS-0054"), agent="wayan.sudarma", ago=90),
    Ask("working", "putri.ayu", "e-Faktur gagal mengunggah faktur pajak", "Muncul kode ETAX-40001. Batas lapor tinggal tiga hari.", _trouble("Aplikasi e-Faktur"), agent=DESK, priority="high", ago=35),
    Ask("testing", "requester", "Kata sandi HRIS terkunci", "Saya salah mengetik tiga kali dan sekarang terkunci.", _trouble("HRIS"), agent=DESK, done="Kuncinya sudah kami buka. Silakan masuk dengan kata sandi yang lama.", ago=45),
    Ask("testing", "siti.aminah", "Laci kasir tidak terbuka otomatis", "Harus dibuka dengan kunci setiap transaksi.", _trouble("Laci kasir 1"), agent=FIELD, done="Kabel RJ11 sudah diganti dan perintah buka laci diaktifkan. Silakan coba satu transaksi.", ago=100),
    Ask("testing", "grace.wowor", "Proyektor ruang rapat tidak terdeteksi laptop", "Kabel HDMI sudah diganti, tetap tidak ada gambar.", _trouble("Proyektor MDO-0009"), agent=NET, ago=105),
    Ask("done", "requester", "Kertas tersangkut di printer lantai 1", "Kertas tersangkut di dalam dan tidak bisa ditarik.", _trouble("HP LaserJet BDG-0138"), agent=DESK, priority="low", done="Rol penarik kertas sudah dibersihkan. Mohon dicoba mencetak lima halaman.", ago=80),
    Ask("done", "eko.prasetyo", "Label gudang tercetak miring", "Label barcode bergeser sehingga tidak terbaca.", _trouble("Printer label Zebra ZD230"), agent=FIELD, ago=88),
    Ask("done", "andi.rahmawati", "VPN cabang Makassar putus setiap jam", "Koneksi ke kantor pusat putus kira-kira satu menit setiap jam.", _trouble("Router MKS-0002", "branch"), agent=NET, priority="high", done="Masa berlaku kunci VPN sudah disamakan di kedua sisi. Sudah kami pantau satu jam tanpa putus.", ago=110),
    Ask("done", "dewi.lestari", "Monitor berkedip-kedip", "Layarnya berkedip setiap beberapa detik, mata jadi lelah.", _trouble("Monitor BDG-0119"), agent=DESK, ago=72),
    Ask("done", "rosmaida", "Tidak bisa membuka berkas dari pelanggan", "Berkasnya berakhiran .odt dan Word bertanya terus.", _trouble("Word"), agent=DESK, priority="low", ago=55),
    Ask("returned", "nurhayati", "Scanner hanya memindai setengah halaman", "Bagian bawah dokumen selalu terpotong.", _trouble("Fujitsu fi-7160"), agent=DESK, ago=115),
    Ask("rejected", "made.wirawan", "Minta laptop baru untuk tim pemasaran", "Laptop kami sudah lima tahun.", _trouble("Laptop"), answer="Pengadaan perangkat diajukan lewat formulir pengadaan ke bagian Umum, bukan lewat helpdesk. Formulirnya ada di Portal Cabang.", ago=30),
    Ask("cancelled", "jeane.lumentut", "Mouse tidak bergerak", "Kursornya diam saja. (Ternyata baterainya habis.)", _trouble("Mouse nirkabel"), ago=25),
]  # fmt: skip

DATA_UPDATES = [
    Ask("new", "dewi.lestari", "Nomor rekening pemasok salah satu digit", "Pembayaran ke PT Sumber Jaya ditolak bank.", _data("Keuangan Pusat", "0083-4471-20", "0083-4417-20"), ago=20),
    Ask("new", "lina.marlina", "Tanggal masuk karyawan salah tahun", "Hak cuti jadi tidak muncul.", _data("HRIS", "Tanggal masuk 03-02-2016", "Tanggal masuk 03-02-2026"), ago=74),
    Ask("new", "rahmat.hidayat", "Satuan barang solar tercatat liter, seharusnya drum", "Stok jadi terlihat 200 kali lebih banyak.", _data("Gudang Online", "Satuan: liter", "Satuan: drum (200 liter)"), ago=118, priority="high"),
    Ask("waiting", "mulyadi", "Alamat cabang Palembang sudah pindah", "Faktur masih memakai alamat lama.", _data("Portal Cabang", "Jl. Sudirman 12", "Jl. Kapten A. Rivai 45"), agent=DATA, priority="low", ago=52),
    Ask("waiting", "fransiska", "Nama pelanggan ganda di CRM", "Dua kartu untuk pelanggan yang sama: “CV Maju Bersama” dan “CV. Maju Bersama”.", _data("CRM Pelanggan", "Dua kartu pelanggan", "Satu kartu, riwayatnya digabung"), agent=DATA, ago=93),
    Ask("working", "requester", "Saldo cuti saya kurang dua hari", "Cuti bersama terhitung dua kali.", _data("HRIS", "Sisa cuti 5 hari", "Sisa cuti 7 hari"), agent=DATA, ago=68),
    Ask("working", "siti.aminah", "Harga promo belum berakhir di POS", "Promo Oktober masih aktif di kasir.", _data("POS Kasir", "Promo aktif", "Promo berakhir 31 Oktober"), agent=DATA, priority="high", ago=33),
    Ask("working", "rosmaida", "Wilayah penjualan tiga pelanggan tertukar", "Komisi masuk ke tenaga penjual yang salah.", _data("CRM Pelanggan", "Wilayah Binjai", "Wilayah Deli Serdang"), agent=DATA, ago=82),
    Ask("testing", "requester", "Nama atasan di HRIS belum diganti", "Persetujuan cuti saya masih ke Pak Anton yang sudah pindah.", _data("HRIS", "Atasan: Anton Wibowo", "Atasan: Hendra Gunawan"), agent=DATA, done="Atasan Anda sekarang Hendra Gunawan. Silakan periksa di profil Anda.", ago=77),
    Ask("testing", "nurhayati", "Kode akun listrik salah di jurnal September", "Tercatat di biaya telepon.", _data("Keuangan Pusat", "Akun 6120 Telepon", "Akun 6110 Listrik"), agent=DATA, ago=63),
    Ask("done", "eko.prasetyo", "Stok kardus minus setelah opname", "Hasil opname 340, di sistem −12.", _data("Gudang Online", "−12", "340"), agent=DATA, ago=107),
    Ask("done", "made.wirawan", "Nomor telepon cabang salah di Portal", "Pelanggan menelepon ke nomor pribadi orang lain.", _data("Portal Cabang", "(0361) 224-118", "(0361) 224-181"), agent=DATA, priority="high", ago=58),
    Ask("done", "putri.ayu", "NPWP pelanggan masih 15 digit", "Format baru 16 digit, faktur ditolak.", _data("Keuangan Pusat", "15 digit", "16 digit"), agent=DATA, ago=99),
    Ask("rejected", "markus.kogoya", "Hapus transaksi kas bulan lalu", "Ada selisih dan kami ingin memulai ulang.", _data("Keuangan Pusat", "Semua transaksi Oktober", "Kosong"), answer="Transaksi yang sudah dibukukan tidak boleh dihapus. Selisih diperbaiki dengan jurnal koreksi; tim Keuangan akan membantu Anda.", ago=41),
    Ask("cancelled", "grace.wowor", "Ganti nama pengguna saya", "Tidak jadi, ternyata bisa diubah sendiri di profil.", _data("HRIS", "grace.w", "grace.wowor"), ago=15),
]  # fmt: skip

DEVELOPMENTS = [
    Ask("new", "requester", "Tombol ekspor Excel di laporan harian", "Setiap pagi kami menyalin angka laporan harian satu per satu ke Excel.", _dev("Portal Cabang", "Kira-kira 10 jam per bulan untuk cabang kami saja"), ago=16),
    Ask("new", "rahmat.hidayat", "Peringatan otomatis bila stok di bawah minimum", "Sekarang kami baru tahu kalau barang sudah habis.", _dev("Gudang Online", "Mencegah kehabisan stok, bulan lalu dua kali"), ago=83),
    Ask("new", "andi.rahmawati", "Aplikasi kunjungan pelanggan di ponsel", "Tenaga penjual masih mencatat kunjungan di kertas.", _dev("", "Laporan kunjungan masuk di hari yang sama"), ago=109),
    Ask("rejected", "made.wirawan", "Ganti warna tema Portal Cabang", "Supaya lebih segar.", _dev("Portal Cabang", "Tampilan lebih menarik"), answer="Warna Portal mengikuti pedoman merek grup. Usulan tema kami teruskan ke tim Pemasaran.", ago=37),
    Ask("cancelled", "eko.prasetyo", "Cetak ulang surat jalan", "Ternyata sudah ada di menu riwayat.", _dev("Gudang Online", "Menghemat waktu"), ago=22),
    Ask("accepted", "siti.aminah", "Pencarian pelanggan berdasarkan nomor ponsel", "Kasir hanya bisa mencari dengan nomor kartu, padahal pelanggan sering lupa membawanya.", _dev("POS Kasir", "Antrean lebih cepat, kira-kira 30 detik per pelanggan"), hours="8", agent=CODE, system="POS Kasir", ago=71),
    Ask("held", "requester", "Rekap lembur otomatis di HRIS", "Lembur masih direkap dengan tangan dari buku absensi setiap akhir bulan, dan sering salah hitung.", _dev("HRIS", "16 jam kerja HRD per bulan, dan pembayaran lembur tepat waktu"), hours="24", priority="high", system="HRIS", ago=57),
    Ask("held", "nurhayati", "Persetujuan pembayaran lewat ponsel", "Pembayaran tertahan kalau pimpinan sedang di luar kantor.", _dev("Keuangan Pusat", "Denda keterlambatan kira-kira Rp 12 juta per bulan"), hours="60", agent=CODE, system="Keuangan Pusat", ago=92),
    Ask("brm_director", "dewi.lestari", "Rekonsiliasi bank otomatis", "Dua orang mencocokkan mutasi rekening dengan jurnal setiap hari.", _dev("Keuangan Pusat", "40 jam kerja per bulan di tiap cabang besar"), hours="80", agent=CODE, priority="high", system="Keuangan Pusat", ago=101),
    Ask("brm_director", "lina.marlina", "Formulir cuti dengan persetujuan berjenjang", "Cuti masih memakai formulir kertas yang sering hilang.", _dev("HRIS", "Kira-kira 6 jam per minggu di HRD"), hours="32", system="HRIS", ago=87),
    Ask("brm_board", "rosmaida", "Peta sebaran pelanggan di CRM", "Rute kunjungan disusun dengan perkiraan.", _dev("CRM Pelanggan", "Menghemat bahan bakar kira-kira 15 persen"), hours="45", agent=CODE, system="CRM Pelanggan", ago=96),
    Ask("brm_refused", "ketut.suardana", "Aplikasi sendiri untuk pesan makan siang", "Pesanan makan siang dikumpulkan lewat grup obrolan.", _dev("", "Lebih rapi"), hours="50", agent=CODE, priority="low", system="Portal Cabang", ago=103),
    Ask("on_hold", "eko.prasetyo", "Cetak label pelat nomor dari data Samsat", "Label pelat diketik satu per satu dari lembar Samsat.", _dev("Portal Cabang", "Tiga jam per minggu di bagian administrasi"), hours="12", system="Portal Cabang", version="4.5.0", ago=61),
    Ask("withdrawn", "dewi.lestari", "Warna baris laporan kas", "Ternyata bisa diatur sendiri di pengaturan laporan.", _dev("Keuangan Pusat", "Lebih mudah dibaca"), hours="3", system="Keuangan Pusat", ago=33),
    Ask("trial", "markus.kogoya", "Mutasi barang antar cabang tanpa kertas", "Surat mutasi dikirim lewat foto, lalu diketik ulang.", _dev("Gudang Online", "Salah ketik hilang, barang tercatat di hari yang sama"), hours="16", system="Gudang Online", version="6.3.0", ago=106),
    Ask("trial_brm", "putri.ayu", "Ekspor data pajak bulanan", "Data pajak dikumpulkan dari tiga layar.", _dev("Keuangan Pusat", "Dua hari kerja setiap bulan"), hours="28", agent=CODE, priority="high", system="Keuangan Pusat", version="5.3.0", ago=108),
    Ask("training", "requester", "Slip gaji bisa diunduh sendiri", "Setiap bulan kami meminta slip gaji ke HRD lewat email.", _dev("HRIS", "HRD tidak perlu mengirim 400 email per bulan"), hours="18", system="HRIS", version="2.8.0", ago=111),
    Ask("training", "jeane.lumentut", "Catatan keluhan pelanggan dengan foto", "Foto keluhan tersimpan di ponsel masing-masing.", _dev("CRM Pelanggan", "Keluhan selesai lebih cepat"), hours="12", agent=CODE, system="CRM Pelanggan", version="2.2.0", ago=98),
    Ask("failed", "mulyadi", "Pengingat kontrak sewa yang akan habis", "Dua kontrak sewa terlewat tahun ini.", _dev("Portal Cabang", "Tidak ada lagi sewa yang terlewat"), hours="10", agent=CODE, system="Portal Cabang", version="4.4.0", ago=113),
    Ask("ready", "fransiska", "Laporan penjualan per jam", "Kami tidak tahu jam paling ramai untuk mengatur sif.", _dev("POS Kasir", "Sif kasir sesuai jam ramai"), hours="14", system="POS Kasir", version="3.4.0", ago=104),
    Ask("finished", "requester", "Unggah bukti setor dari ponsel", "Bukti setor difoto, dikirim lewat obrolan, lalu diketik ulang.", _dev("Portal Cabang", "Satu jam per hari di tiap cabang"), hours="24", priority="high", system="Portal Cabang", version="4.0.0", ago=116),
    Ask("finished", "rosmaida", "Diskon bertingkat di kasir", "Diskon dihitung dengan kalkulator.", _dev("POS Kasir", "Tidak ada lagi salah hitung diskon"), hours="6", agent=CODE, system="POS Kasir", version="3.2.0", ago=114),
    Ask("second_try", "dewi.lestari", "Cetak kuitansi langsung dari Portal", "Kuitansi diketik ulang di Word untuk setiap setoran.", _dev("Portal Cabang", "Lima menit per setoran"), hours="9", agent=CODE, system="Portal Cabang", version="4.1.0", ago=117),
    Ask("finished", "lina.marlina", "Saldo cuti tampil di ponsel", "Karyawan menelepon HRD untuk menanyakan sisa cuti.", _dev("HRIS", "HRD menerima 30 telepon lebih sedikit per minggu"), hours="16", system="HRIS", version="2.5.0", ago=117),
    Ask("finished", "eko.prasetyo", "Pindai barcode saat terima barang", "Barang masuk dicatat di kertas, lalu diketik malam hari.", _dev("Gudang Online", "Stok benar sejak barang turun dari truk"), hours="15", system="Gudang Online", version="6.2.0", ago=116),
    Ask("finished", "dewi.lestari", "Arsip kontrak pelanggan", "Kontrak disimpan di lemari, dicari satu per satu.", _dev("CRM Pelanggan", "Kontrak ditemukan dalam satu menit"), hours="30", agent=DATA, system="CRM Pelanggan", version="2.0.0", ago=115),
    Ask("rolled_back", "rosmaida", "Pembulatan harga otomatis", "Harga promo berakhir dengan angka ganjil, kasir tidak punya koin.", _dev("POS Kasir", "Kembalian selalu ada"), hours="5", agent=CODE, system="POS Kasir", version="3.3.0", ago=110),
    Ask("emergency", "putri.ayu", "Format e-Faktur baru dari DJP", "Sejak pagi semua faktur ditolak karena format berkas berubah.", _dev("Keuangan Pusat", "Faktur bisa dilaporkan sebelum batas waktu"), hours="6", agent=CODE, priority="high", system="Keuangan Pusat", version="5.1.1", ago=94),
    Ask("emergency_asked", "siti.aminah", "Satu transaksi memotong stok dua kali", "Kalau jaringan lambat, stok terpotong dua kali.", _dev("POS Kasir", "Stok tidak perlu dikoreksi setiap malam"), hours="4", priority="high", system="POS Kasir", version="3.2.1", ago=89),
    Ask("ready", "lina.marlina", "Surat keterangan kerja otomatis", "Setiap surat diketik dan ditandatangani satu per satu.", _dev("HRIS", "Surat jadi hari itu juga"), hours="8", agent=DATA, system="HRIS", version="2.6.0", ago=115),
    Ask("ready", "requester", "Permintaan ATK lewat Portal", "Permintaan alat tulis dikumpulkan lewat obrolan.", _dev("Portal Cabang", "Tidak ada permintaan yang terlewat"), hours="22", agent=CODE, system="Portal Cabang", version="4.2.0", ago=107),
    Ask("training", "requester", "Lembur dibayar bersama gaji", "Lembur dibayar terpisah dan sering terlambat.", _dev("HRIS", "Satu pembayaran, satu slip"), hours="44", system="HRIS", version="2.7.0", ago=113),
    Ask("trial", "dewi.lestari", "Dasbor piutang per cabang", "Piutang jatuh tempo baru diketahui setelah lewat.", _dev("Keuangan Pusat", "Penagihan seminggu lebih cepat"), hours="36", agent=CODE, priority="high", system="Keuangan Pusat", version="5.2.0", ago=91),
    Ask("trial", "mulyadi", "Cari surat masuk menurut isi", "Surat dicari dengan membuka berkas satu per satu.", _dev("Portal Cabang", "Surat ditemukan dalam satu menit"), hours="6", system="Portal Cabang", version="4.3.0", ago=84),
    Ask("trial", "jeane.lumentut", "Gabungkan data pelanggan ganda", "Satu pelanggan tercatat sampai empat kali.", _dev("CRM Pelanggan", "Satu riwayat untuk satu pelanggan"), hours="14", agent=DATA, system="CRM Pelanggan", version="2.1.0", ago=79),
    Ask("held", "eko.prasetyo", "Impor stok awal dari Excel", "Stok gudang baru diketik baris demi baris.", _dev("Gudang Online", "Gudang baru buka dua hari lebih cepat"), hours="12", agent=DATA, system="Gudang Online", ago=74),
    Ask("held", "eko.prasetyo", "Unduh stok ke Excel untuk opname", "Angka opname disalin dari layar.", _dev("Gudang Online", "Opname selesai sebelum gudang buka"), hours="11", agent=DATA, system="Gudang Online", ago=72),
    Ask("held", "grace.wowor", "Antrean pelanggan dengan nomor", "Pelanggan berebut dilayani.", _dev("CRM Pelanggan", "Pelanggan dilayani menurut urutan datang"), hours="19.5", agent=DATA, system="CRM Pelanggan", ago=64),
    Ask("lowered", "andi.rahmawati", "Pesanan marketplace masuk ke gudang", "Pesanan diketik ulang dari tiga situs.", _dev("Gudang Online", "Pesanan dikirim di hari yang sama"), hours="26", system="Gudang Online", ago=59),
]  # fmt: skip
