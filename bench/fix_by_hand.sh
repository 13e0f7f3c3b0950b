# Enlarges the recovery partition of the disk image $1 by 512 MB as a careful person does
# by hand, and writes to $2 how many bytes the disk was written.
set -euo pipefail
disk=$1
told=$2
sector=512
start() { sgdisk -i "$1" "$disk" | sed -n 's/^First sector: \([0-9]*\).*/\1/p'; }
end() { sgdisk -i "$1" "$disk" | sed -n 's/^Last sector: \([0-9]*\).*/\1/p'; }
guid=$(sgdisk -i 4 "$disk" | sed -n 's/^Partition unique GUID: //p')
ws=$(start 3) rs=$(start 4) re=$(end 4)
by=$((512 * 1024 * 1024 / sector))
loops=()
trap 'for l in "${loops[@]}"; do losetup -d "$l" || true; done; rm -rf "$keep"' EXIT
keep=$(mktemp -d "$(dirname "$told")/keep.XXXXXX")
part() { losetup -f --show --offset $(($1 * sector)) --sizelimit $((($2 - $1 + 1) * sector)) "$disk"; }
count() { awk '{print $7 * 512}' "/sys/block/$(basename "$1")/stat"; }
old=$(part "$rs" "$re"); loops+=("$old")
ntfscat "$old" Recovery/WindowsRE/Winre.wim >"$keep/Winre.wim"
losetup -d "$old"; loops=()
windows=$(part "$ws" $((rs - 1))); loops+=("$windows")
echo y | ntfsresize -f -f --no-progress-bar --size $(((rs - ws - by) * sector)) "$windows" >/dev/null
sync "$windows"
sum=$(count "$windows")
sgdisk -d 4 -d 3 -n "3:$ws:$((rs - by - 1))" -t 3:0700 -n "4:$((rs - by)):$re" -t 4:2700 -u "4:$guid" "$disk" >/dev/null
new=$(part $((rs - by)) "$re"); loops+=("$new")
mkntfs -qQF -L Recovery -p $((rs - by)) -H 255 -S 63 "$new" >/dev/null
dir=$(mktemp -d "$keep/mount.XXXXXX")
ntfs-3g "$new" "$dir"
mkdir -p "$dir/Recovery/WindowsRE"
umount "$dir"
sync "$new"
ntfscp -q "$new" "$keep/Winre.wim" Recovery/WindowsRE/Winre.wim
sync "$new"
sum=$((sum + $(count "$new") + 2 * 34 * sector))
losetup -d "$windows"; losetup -d "$new"; loops=()
sync "$disk"
echo "$sum" >"$told"
