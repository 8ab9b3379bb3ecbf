import { QRCodeSVG } from 'qrcode.react';

/**
 * Always dark on white with its quiet zone, whatever the theme: cameras need the contrast. `name` says what it is to who cannot see it.
 * A long text needs a large one, with less of it to mend what is smudged: the dots would be too small.
 */
export function QrCode({ text, name }: { text: string; name: string }) {
  const isLong = text.length > 300;
  return (
    <QRCodeSVG
      className="qr"
      role="img"
      value={text}
      title={name}
      size={isLong ? 288 : 176}
      level={isLong ? 'L' : 'M'}
      marginSize={4}
    />
  );
}
