package spoken

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// said are what tools print when they end well, and when they do not, in the order of
// Languages. It says the same as the exit code, in the words of each language, so that
// whoever reads them gets other answers in each.
var said = map[string][2][3]string{
	"dism": {
		{"The restore operation completed successfully.\r\nThe operation completed successfully.\r\n", "復元操作は正常に完了しました。\r\n操作は正常に完了しました。\r\n", "Der Wiederherstellungsvorgang wurde erfolgreich abgeschlossen.\r\nDer Vorgang wurde erfolgreich beendet.\r\n"},
		{"Error: 0x800f081f\r\nThe source files could not be found.\r\n", "エラー: 0x800f081f\r\nソース ファイルが見つかりませんでした。\r\n", "Fehler: 0x800f081f\r\nDie Quelldateien wurden nicht gefunden.\r\n"},
	},
	"sfc": {
		{"Windows Resource Protection did not find any integrity violations.\r\n", "Windows リソース保護は、整合性違反を検出しませんでした。\r\n", "Der Windows-Ressourcenschutz hat keine Integritätsverletzungen gefunden.\r\n"},
		{"Windows Resource Protection found corrupt files but was unable to fix some of them.\r\n", "Windows リソース保護により、破損したファイルが見つかりましたが、それらの一部は修復できませんでした。\r\n", "Der Windows-Ressourcenschutz hat beschädigte Dateien gefunden und konnte einige davon nicht reparieren.\r\n"},
	},
	"reagentc": {
		{"REAGENTC.EXE: Operation Successful.\r\n", "REAGENTC.EXE: 操作は成功しました。\r\n", "REAGENTC.EXE: Vorgang erfolgreich.\r\n"},
		{"REAGENTC.EXE: Windows RE is disabled.\r\n", "REAGENTC.EXE: Windows RE は無効です。\r\n", "REAGENTC.EXE: Windows RE ist deaktiviert.\r\n"},
	},
	"chkdsk": {
		{"Windows has scanned the file system and found no problems.\r\n", "Windows でファイル システムのスキャンが終了しました。問題は見つかりませんでした。\r\n", "Windows hat das Dateisystem überprüft und keine Probleme festgestellt.\r\n"},
		{"Errors found.\r\n", "エラーが見つかりました。\r\n", "Fehler gefunden.\r\n"},
	},
	"netsh": {
		{"Successfully reset the Winsock Catalog.\r\n", "Winsock カタログは正常にリセットされました。\r\n", "Der Winsock-Katalog wurde zurückgesetzt.\r\n"},
		{"The requested operation requires elevation.\r\n", "要求された操作には管理者特権が必要です。\r\n", "Der angeforderte Vorgang erfordert erhöhte Rechte.\r\n"},
	},
	"w32tm": {
		{"The command completed successfully.\r\n", "コマンドは正常に完了しました。\r\n", "Der Befehl wurde erfolgreich ausgeführt.\r\n"},
		{"The computer did not resync because no time data was available.\r\n", "利用できる時刻データがなかったため、コンピューターは再同期しませんでした。\r\n", "Der Computer wurde nicht neu synchronisiert, da keine Zeitdaten verfügbar waren.\r\n"},
	},
	"": {
		{"Success\r\n", "成功\r\n", "Erfolgreich\r\n"},
		{"Failure\r\n", "失敗\r\n", "Fehlgeschlagen\r\n"},
	},
}

// codePage is that of a console. Source: the default OEM code pages of Windows.
func codePage(lang string) uint32 { return map[string]uint32{"en": 437, "ja": 932, "de": 850}[lang] }

// Console is what the program at a path prints when it ends with a code, in the encoding
// in which it does: sfc in UTF-16, the others in that of the console.
func Console(lang, path string, exit uint32) []byte {
	tool := strings.TrimSuffix(strings.ToLower(path[strings.LastIndexByte(path, '\\')+1:]), ".exe")
	both, known := said[tool]
	if !known {
		both = said[""]
	}
	which := 0
	if exit != 0 {
		which = 1
	}
	text := both[which][max(slices.Index(Languages, lang), 0)]
	if tool == "sfc" {
		return wide(text)
	}
	in := map[string]encoding.Encoding{"ja": japanese.ShiftJIS, "de": charmap.CodePage850}[lang]
	if in == nil {
		return []byte(text)
	}
	out, err := in.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return []byte(text)
	}
	return out
}
