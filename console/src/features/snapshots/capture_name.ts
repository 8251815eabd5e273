/** What a snapshot is called that nobody named. */
export function captureName(now: Date): string {
  const pad = (number: number): string => String(number).padStart(2, '0')
  const day = `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`
  return `${day} ${pad(now.getHours())}:${pad(now.getMinutes())}:${pad(now.getSeconds())}`
}
