package knowledge

import "testing"

// An update is of the same class whatever language its title is in. Titles without a KB
// that is known: else the number decides.
func TestClassInEveryLanguage(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for class, titles := range map[string][]string{
		"winre":                 {"Windows Recovery Environment Update for Windows 11", "Windows 11 用 回復環境の更新プログラム", "Windows-Wiederherstellungsumgebung: Update für Windows 11"},
		"safeos":                {"2024-03 Safe OS Dynamic Update for Windows 11", "2024-03 Windows 11 用セーフ OS 動的更新プログラム", "2024-03 Dynamisches Update für Safe OS für Windows 11"},
		"setup-du":              {"2024-03 Setup Dynamic Update for Windows 11", "2024-03 Windows 11 用セットアップ動的更新プログラム", "2024-03 Dynamisches Setup-Update für Windows 11"},
		"defender-intelligence": {"Security Intelligence Update for Microsoft Defender Antivirus", "Microsoft Defender Antivirus のセキュリティ インテリジェンス更新プログラム", "Security Intelligence-Update für Microsoft Defender Antivirus"},
		"defender-platform":     {"Update for Microsoft Defender Antivirus antimalware platform", "Microsoft Defender のマルウェア対策プラットフォームの更新プログラム", "Update für Microsoft Defender Antivirus-Antischadsoftwareplattform"},
		"security-platform":     {"Update for Windows Security platform", "Windows セキュリティ プラットフォームの更新プログラム", "Update für Windows-Sicherheitsplattform"},
		"msrt":                  {"Windows Malicious Software Removal Tool x64", "悪意のあるソフトウェアの削除ツール x64", "Windows-Tool zum Entfernen bösartiger Software x64"},
		"dotnet":                {"2024-02 Cumulative Update for .NET Framework 4.8", "2024-02 .NET Framework 4.8 の累積更新プログラム", "2024-02 Kumulatives Update für .NET Framework 4.8"},
		"msi":                   {"Windows Subsystem for Linux Update", "Linux 用 Windows サブシステムの更新プログラム", "Update für Windows-Subsystem für Linux"},
		"ssu":                   {"2021-08 Servicing Stack Update for Windows 10", "2021-08 Windows 10 用サービス スタック更新プログラム", "2021-08 Servicestapelupdate für Windows 10"},
		"lcu":                   {"2024-01 Cumulative Update for Windows 10 Version 22H2", "2024-01 Windows 10 Version 22H2 の累積更新プログラム", "2024-01 Kumulatives Update für Windows 10 Version 22H2"},
		"feature":               {"Feature update to Windows 10, version 22H2", "Windows 10, バージョン 22H2 の機能更新プログラム", "Funktionsupdate für Windows 10, Version 22H2"},
		"driver":                {"Example Driver Update (1.2.3.4)", "Example ドライバー更新プログラム (1.2.3.4)", "Example Treiberupdate (1.2.3.4)"},
		"secure-boot":           {"Secure Boot DBX update", "セキュア ブート DBX の更新プログラム", "Update für Secure Boot DBX"},
		"enablement":            {"Enablement Package for Windows 10", "Windows 10 用有効化パッケージ", "Aktivierungspaket für Windows 10"},
		"licence":               {"ESU Licensing Preparation Package", "ESU ライセンス準備パッケージ", "ESU-Lizenzvorbereitungspaket"},
		"unknown":               {"2024-01 Update for Windows 10", "2024-01 Windows 10 の更新プログラム", "2024-01 Update für Windows 10"},
	} {
		for _, title := range titles {
			if got := b.ClassOf("", title); got != class {
				t.Errorf("%s: %s, want %s", title, got, class)
			}
		}
	}
}
