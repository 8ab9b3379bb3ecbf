import { QRCodeSVG } from 'qrcode.react';

/** Always dark on white with its quiet zone, whatever the theme: cameras need the contrast. `name` says what it is to who cannot see it. */
export function QrCode({ text, name }: { text: string; name: string }) {
  return <QRCodeSVG className="qr" role="img" value={text} title={name} size={176} level="M" marginSize={4} />;
}
