package wine

import (
	"path/filepath"
	"strings"
	"testing"

	"updoc/testkit"
)

// key makes a throw-away key for signing programs as people buy one: its certificate is
// vouched for by another, and that one by root.
func key(t *testing.T, password string) (p12, root string) {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	certify := func(name, by string, more ...string) {
		args := []string{"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=updoc test " + name, "-keyout", in(name + ".key"), "-out", in(name + ".pem")}
		if by != "" {
			args = append(args, "-CA", in(by+".pem"), "-CAkey", in(by+".key"))
		}
		testkit.Run(t, "openssl", append(args, more...)...)
	}
	certify("root", "")
	certify("middle", "root", "-addext", "basicConstraints=critical,CA:true")
	certify("leaf", "middle", "-addext", "basicConstraints=CA:false", "-addext", "extendedKeyUsage=codeSigning")
	p12 = in("key.p12")
	testkit.Run(t, "openssl", "pkcs12", "-export", "-inkey", in("leaf.key"), "-in", in("leaf.pem"), "-certfile", in("middle.pem"), "-out", p12, "-passout", "pass:"+password)
	return p12, in("root.pem")
}

func TestSigned(t *testing.T) {
	t.Parallel()
	p12, root := key(t, "secret 1")
	_, stranger := key(t, "")
	dist := built(t, "", "UPDOC_SIGN_PKCS12="+p12, "UPDOC_SIGN_PASSWORD=secret 1", "UPDOC_SIGN_CA="+root)
	files, err := filepath.Glob(filepath.Join(dist, "*windows*.[em]*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		testkit.Run(t, "osslsigncode", "verify", "-CAfile", root, "-in", file)
		if out, err := testkit.Command(t, "osslsigncode", "verify", "-CAfile", stranger, "-in", file).CombinedOutput(); err == nil {
			t.Errorf("%s passes for the work of a stranger: %s", filepath.Base(file), out)
		}
	}
	p := testkit.Wine(t)
	p.Must(t, "msiexec", "/i", windows(packageIn(t, dist)), "/qn")
	if got := p.Must(t, installed, "version"); !strings.Contains(got, "updoc") {
		t.Error(got)
	}
	testkit.Run(t, "osslsigncode", "verify", "-CAfile", root, "-in", p.Path(installed))
}
