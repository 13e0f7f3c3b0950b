// Package spoken makes a Windows answer in another language: labels, titles, names and
// sentences change, numbers do not. Tests show with it that nothing is decided by words. It
// may import winapi, and must never be part of the program.
package spoken

import (
	"slices"
	"strings"
)

// Languages of Windows that are spoken. English is that of the answers as they are made.
var Languages = []string{"en", "ja", "de"}

// Tag is a language as Windows names it: ja-JP.
func Tag(lang string) string {
	return map[string]string{"en": "en-US", "ja": "ja-JP", "de": "de-DE"}[lang]
}

// vocabulary are phrases of Windows in the order of Languages. Each stands for itself in
// its language, so that they can be put back. Sources: titles in Windows Update's history,
// names of services, and messages of the tools as people quote them.
var vocabulary = [][3]string{
	{"Security Intelligence Update for Microsoft Defender Antivirus", "Microsoft Defender Antivirus のセキュリティ インテリジェンス更新プログラム", "Security Intelligence-Update für Microsoft Defender Antivirus"},
	{"Update for Microsoft Defender Antivirus antimalware platform", "Microsoft Defender ウイルス対策マルウェア対策プラットフォームの更新プログラム", "Update für Microsoft Defender Antivirus-Antischadsoftwareplattform"},
	{"Windows Malicious Software Removal Tool x64", "悪意のあるソフトウェアの削除ツール x64", "Windows-Tool zum Entfernen bösartiger Software x64"},
	{"Cumulative Update for .NET Framework 3.5, 4.8 and 4.8.1 for Windows 10 Version 22H2 for x64", "x64 用 Windows 10 Version 22H2 用 .NET Framework 3.5、4.8 および 4.8.1 の累積的な更新プログラム", "Kumulatives Update für .NET Framework 3.5, 4.8 und 4.8.1 für Windows 10 Version 22H2 für x64"},
	{"Cumulative Update for Windows 10 Version 22H2 for x64-based Systems", "x64 ベース システム用 Windows 10 Version 22H2 の累積更新プログラム", "Kumulatives Update für Windows 10 Version 22H2 für x64-basierte Systeme"},
	{"Security Update for Windows 10 Version 22H2 for x64-based Systems", "x64 ベース システム用 Windows 10 Version 22H2 のセキュリティ更新プログラム", "Sicherheitsupdate für Windows 10 Version 22H2 für x64-basierte Systeme"},
	{"Feature update to Windows 10, version 22H2", "Windows 10, バージョン 22H2 の機能更新プログラム", "Funktionsupdate für Windows 10, Version 22H2"},
	{"Servicing Stack Update for Windows 10 Version 22H2", "Windows 10 Version 22H2 のサービス スタック更新プログラム", "Servicestapelupdate für Windows 10 Version 22H2"},
	{"Background Intelligent Transfer Service", "バックグラウンド インテリジェント転送サービス", "Intelligenter Hintergrundübertragungsdienst"},
	{"Cryptographic Services", "暗号化サービス", "Kryptografiedienste"},
	{"Basic data partition", "ベーシック データ パーティション", "Basisdatenpartition"},
	{"EFI system partition", "EFI システム パーティション", "EFI-Systempartition"},
	{"Administrators", "管理者", "Administratoren"},
	{"Local Disk", "ローカル ディスク", "Lokaler Datenträger"},
	{"Recovery", "回復", "Wiederherstellung"},
	{"Example Antivirus", "例のウイルス対策", "Beispiel-Virenschutz"},
	{"Access is denied.", "アクセスが拒否されました。", "Zugriff verweigert"},
	{"The system cannot find the file specified.", "指定されたファイルが見つかりません。", "Das System kann die angegebene Datei nicht finden."},
	{"Fatal error during installation.", "インストール中に致命的なエラーが発生しました。", "Schwerwiegender Fehler bei der Installation."},
}

// translate puts phrases of one language into another, the longest first.
func translate(from, to, s string) string {
	i, j := slices.Index(Languages, from), slices.Index(Languages, to)
	if i == j {
		return s
	}
	words := slices.Clone(vocabulary)
	slices.SortStableFunc(words, func(a, b [3]string) int { return len(b[i]) - len(a[i]) })
	var pairs []string
	for _, w := range words {
		pairs = append(pairs, w[i], w[j])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// In is an English text as Windows says it in another language. What is not in the
// vocabulary stays.
func In(lang, s string) string { return translate("en", lang, s) }

// English is a text of another language as In, or a Caller, found it.
func English(lang, s string) string {
	if marks[lang] != "" {
		s = strings.ReplaceAll(s, marks[lang], "")
	}
	return translate(lang, "en", s)
}

// marks stand behind words that are not in the vocabulary.
var marks = map[string]string{"ja": "（日本語）", "de": " (deutsch)"}
