"""URLs that must never be connected to. Every one is refused when a job is created or when it runs, mostly both."""

# ruff: noqa: SIM905

PRIVATE_V4 = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.1 127.0.0.2
127.0.1.1 127.127.127.127 127.255.255.255 169.254.0.1 169.254.169.254 169.254.170.2 169.254.169.253 169.254.169.123
172.16.0.1 172.17.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
192.168.1.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
254.1.2.3 255.255.255.255 168.63.129.16
""".split()

PRIVATE_V6 = """
:: ::1 ::2 ::127.0.0.1 ::7f00:1 ::a9fe:a9fe ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:192.168.0.1 ::ffff:0.0.0.0 ::ffff:0:127.0.0.1 0:0:0:0:0:ffff:7f00:0001 0000:0000:0000:0000:0000:0000:0000:0001
64:ff9b::7f00:1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 64:ff9b:1::7f00:1 100::1 100:0:0:1::1
2001::1 2001:0:7f00:1:: 2001:10::1 2001:20::1 2001:db8::1 2001:1::1 2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe::
2002:c0a8:101::1 3ffe::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 fc00::1 fd00::1 fd00:ec2::254 fd12:3456:789a:1::1
fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff05::2 ff0e::1 1::1 dead:beef::1
ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
""".split()

# Other ways to write an address, each of which some resolver or some library reads as one.
NOTATIONS = """
0 1 127.1 127.0.1 10.1 2130706433 0x7f000001 0X7F000001 0x7f.1 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0177.0.0.1 017700000001
00000177.0.0.1 0177.0x0.0.1 127.0.0.01 127.0.0.001 127.00.0.1 127.0.0.0x1 0x7f.0x00000000.1 3232235777 0xc0a80101
0300.0250.1.1 2852039166 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376 169.254.43518 169.16689662 4294967295
4294967296 256.256.256.256 999.0.0.1 127.0.0.1. 127.0.0.1.. 0x 0x. 1.2.3.4.5 127.0.3 08.0.0.1 0x7f000001. 127.0.0.1.0
①②⑦.0.0.1 ①27.0.0.1 １２７.０.０.１ 127。0。0。1 127．0．0．1 127｡0｡0｡1 ⑯⑨.254.169.254 ⓛocalhost ｌｏｃａｌｈｏｓｔ
ℒocalhost
𝟏𝟐𝟕.𝟎.𝟎.𝟏 ١٢٧.٠.٠.١ ⒈.0.0.1 127.0.0.1\u00ad l\u00adocalhost local\u200bhost localhoſt
""".split()

NAMES = """
localhost LOCALHOST LocalHost localhost. localhost.. a.localhost foo.bar.localhost localhost.localdomain localhost6
ip6-localhost ip6-loopback broadcasthost metadata metadata.google.internal METADATA.GOOGLE.INTERNAL
metadata.google.internal. instance-data instance-data.ec2.internal kubernetes kubernetes.default.svc.cluster.local
kubernetes.default.svc redis postgres db printer.local nas.lan router.home server.corp host.docker.internal
gateway.docker.internal wiki.intranet x.private fritz.home.arpa api.internal
""".split()

# Names that look public: only their address gives them away, so these are caught when the job runs.
DISGUISED = """
127.0.0.1.nip.io 10.0.0.1.sslip.io localtest.me lvh.me app.lvh.me spoofed.burpcollaborator.net rebind.example.com
169-254-169-254.sslip.io www.169.254.169.254.xip.io customer.example.net xn--bcher-kva.example.com bücher.example.com
vcap.me fbi.com.rebind.example www.example.com.
""".split()

WHOLE = [
    "http://user@127.0.0.1/", "http://user:pass@127.0.0.1/", "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/", "http://example.com:80@127.0.0.1/", "http://user:pass@example.com/",
    "http://@example.com/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.example.com/", "http://127.0.0.1%2f@x.com/",
    "http://example.com%2f@127.0.0.1/", "http://[::1%25lo]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/",
    "http://[::1", "http://::1/", "http://::1]/", "http://[]/", "http://[127.0.0.1]/", "http://[::1]x/",
    "http://[v1.a]/", "http://[::ffff:127.0.0.1.]/", "http:///", "http://", "http:", "", "/", "//127.0.0.1/",
    "127.0.0.1",
    "localhost:8080", "http:127.0.0.1", "http:/127.0.0.1/", "http:\\\\127.0.0.1\\", "http://127.0.0.1\\@example.com/",
    "http://example.com\\@127.0.0.1/", "http://example.com\\.127.0.0.1/", "\\\\127.0.0.1\\c$",
    "http://exa mple.com/", " http://127.0.0.1/", "http://127.0.0.1/ ", "\thttp://127.0.0.1/", "ht\ntp://127.0.0.1/",
    "http://127.0.0.1\r\nHost: x/", "http://example.com/\r\nX-Evil: 1", "http://example.com/\x00", "http://exam\x00ple.com",
    "http://example.com\t/", "http://example.com/a b", "file:///etc/passwd", "FILE:///etc/passwd", "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/", "tftp://127.0.0.1/",
    "data:text/plain,hi", "javascript:alert(1)", "jar:http://127.0.0.1!/", "unix:/var/run/docker.sock",
    "http+unix://%2fvar%2frun%2fdocker.sock/", "ws://127.0.0.1/", "s3://bucket/key", "view-source:http://127.0.0.1/",
    "url:http://127.0.0.1/", "netdoc:///etc/passwd", "http://127.0.0.1:0/", "http://example.com:0/",
    "http://example.com:22/", "http://example.com:25/", "http://example.com:53/", "https://example.com:445/",
    "http://example.com:65536/", "http://example.com:-1/", "http://example.com:99999999999/", "http://example.com:8a/",
    "http://example.com:٨٠/", "http://example.com: 80/", "http://example..com/", "http://.example.com/",
    "http://-example.com/", "http://example-.com/", "http://exa$mple.com/", "http://exa,mple.com/", "http://*.example.com/",
    "http://" + "a" * 64 + ".com/", "http://" + "a." * 127 + "com/", "http://example.com/" + "a" * 2100,
    "http://xn--/", "http://\u202emoc.elpmaxe/", "http://example.com\u2044@127.0.0.1/",
    "http://example.com\uff20127.0.0.1/", "http://example.com\uff0f@127.0.0.1/", "http://exa\ud800mple.com/",
    "http://localhost:3000@example.com/", "http://localhost#@example.com/", "http://localhost?@example.com/",
    "http://127.0.0.1#.example.com/", "http://127.0.0.1?.example.com/", "http://127.0.0.1:80#@example.com/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://169.254.170.2/v2/credentials/",
    "http://metadata.google.internal/computeMetadata/v1/", "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/opc/v2/instance/", "http://168.63.129.16/machine?comp=goalstate", "https://localhost:8443/",
    "HTTP://LOCALHOST/", "HtTpS://127.0.0.1:443/", "http://127.0.0.1:65535/", "http://localhost:80/", "http://localhost.:80/",
]  # fmt: skip

AT_CREATE = [
    *(f"http://{host}/" for host in [*PRIVATE_V4, *NOTATIONS, *NAMES]),
    *(f"https://[{host}]:8443/x?y" for host in PRIVATE_V6),
    *WHOLE,
]
HOSTS = [*PRIVATE_V4, *PRIVATE_V6, *NOTATIONS, *NAMES, *DISGUISED]

PUBLIC = """
http://example.com https://example.com/ https://example.com:443/a?b=c#d http://example.com:8080/ https://www.bücher.example
http://93.184.216.34/ http://1.1.1.1:8080/ https://8.8.8.8/ http://172.15.0.1/ http://172.32.0.1/ http://100.63.255.255/
http://100.128.0.1/ http://169.253.1.1/ http://192.0.1.1/ http://198.17.1.1/ http://198.20.0.1/ http://223.255.255.255/
https://[2606:4700:4700::1111]/ https://[2001:4860:4860::8888]/ https://[2a00:1450::1]/ https://[::ffff:8.8.8.8]/
http://localhost.example.com/ http://my_host.example.com/ http://a--b.example.com/ http://internal.example.com/é?ü=ß
http://168.63.129.17/ https://xn--bcher-kva.example/ https://example.com/%00%0d%0a HTTP://EXAMPLE.COM/
""".split()
