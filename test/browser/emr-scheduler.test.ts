// The scheduler obeys the signed-in user's own grants; booking and cancelling, by mouse and by keyboard.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmrInBrowser, openEmr, openPermissions } from './emr-pages.ts';

// Two browsers and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 180_000 });

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 120_000);
afterAll(() => emr?.close());

const fabricado = 'Dr. Wren Fabricado';

describe('whose schedule one sees', () => {
  it('is one’s own: User A does not see User B’s, and User B sees nothing else', async () => {
    const [a, b] = [await emr.signedIn('user-a'), await emr.signedIn('user-b')];
    const others = ['Dr. Juniper Quill', 'Dr. Basil Thistlewick', 'Hazel Notreally', 'Dr. Bryony Allegedly'];
    expect(await a.getByRole('region', { name: fabricado }).count()).toBe(0);
    for (const name of others) expect(await a.getByRole('region', { name }).count()).toBe(1);
    expect(await b.getByRole('region', { name: fabricado }).count()).toBe(1);
    for (const name of others) expect(await b.getByRole('region', { name }).count()).toBe(0);
    expect(await a.getByRole('button', { name: 'Users' }).count()).toBe(0);
  });

  it('binds administrators too, and a withheld schedule never looks free', async () => {
    const ada = await emr.signedIn('ada');
    await openPermissions(ada, /Ada Placeholder/);
    await ada.getByRole('checkbox', { name: 'Scheduling, Dr. Fern Wobbleton, Lantern Hill: Held' }).click();
    await ada.getByRole('checkbox', { name: 'Visible, Dr. Juniper Quill, Lantern Hill: Held' }).click();
    await ada.getByRole('button', { name: 'Save', exact: true }).click();
    await ada.getByText('Saved.', { exact: true }).waitFor();
    await ada.goto(`${emr.url}/?office=lantern-hill`);
    const wobbleton = ada.getByRole('region', { name: 'Dr. Fern Wobbleton' });
    await wobbleton.getByText(/This does not mean that the day is free/).waitFor();
    expect(await wobbleton.getByRole('button').count()).toBe(0);
    expect(await ada.getByRole('region', { name: 'Dr. Juniper Quill' }).count()).toBe(0);
    expect(await ada.getByRole('region', { name: 'Dr. Otto Marmalade' }).count()).toBe(1);
  });

  it('is not for a member of staff to change: the entry is not there, and the address names whom to ask', async () => {
    const robin = await emr.signedIn('robin');
    expect(await robin.getByRole('button', { name: 'Users' }).count()).toBe(0);
    await robin.goto(`${emr.url}/security`);
    await robin.getByText('Ada Placeholder').waitFor();
    expect(await robin.getByRole('main').textContent()).toContain('Blair Makeshift');
    expect(await robin.getByRole('grid').count()).toBe(0);
  });
});

describe('a booking', () => {
  it('is made by keyboard in a gap, doubled only when said, shown side by side, and cancelled from its panel', async () => {
    const page = await emr.signedIn('robin');
    const { keyboard } = page;
    // A Sunday a week or so on: nothing is booked then.
    await page.goto(`${emr.url}/?office=lantern-hill&date=2027-03-07`);
    const column = page.getByRole('region', { name: 'Dr. Otto Marmalade' });
    const gap = column.getByRole('button', {
      name: 'Nothing booked with Dr. Otto Marmalade from 08:00 to 17:00. Book …',
    });
    await gap.focus();
    await keyboard.press('Enter');
    const book = async (again: boolean) => {
      const dialog = page.getByRole('dialog', { name: /^Book: Sun 7 Mar 2027, Lantern Hill$/ });
      await dialog.getByRole('combobox', { name: 'Patient' }).fill('Ma');
      await dialog.page().getByRole('option').first().waitFor();
      await keyboard.press('ArrowDown');
      await keyboard.press('Enter');
      expect(await dialog.getByRole('combobox', { name: 'Provider' }).inputValue()).toBe('Dr. Otto Marmalade');
      await dialog.getByLabel('Time').fill('08:00');
      await dialog.getByLabel('Type').fill('Recheck');
      await dialog.getByRole('button', { name: 'Book', exact: true }).click();
      if (again) {
        await dialog.getByText(/This time is taken by 1 booking/).waitFor();
        await dialog.getByRole('button', { name: 'Book anyway' }).click();
      }
      await dialog.waitFor({ state: 'hidden' });
    };
    await book(false);
    const bookings = column.getByRole('button', { name: /08:00 ?–08:15 · Recheck · Booked$/ });
    await expect.poll(() => bookings.count()).toBe(1);
    await page.getByRole('button', { name: 'Book', exact: true }).click();
    await page.getByRole('dialog').getByRole('combobox', { name: 'Provider' }).click();
    await page.getByRole('option', { name: 'Dr. Otto Marmalade' }).click();
    await book(true);
    await expect.poll(() => bookings.count()).toBe(2);
    const [one, other] = [await bookings.first().boundingBox(), await bookings.last().boundingBox()];
    expect(one!.y).toBe(other!.y);
    expect(one!.x + one!.width).toBeLessThanOrEqual(other!.x);

    await bookings.first().focus();
    await keyboard.press('Enter');
    const panel = page.getByRole('complementary').filter({ hasText: 'Recheck' });
    await panel.getByRole('button', { name: 'Cancel the booking …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the booking', exact: true }).click();
    await panel.getByText('Cancelled', { exact: true }).waitFor();
    await expect
      .poll(() => column.getByRole('button', { name: /08:00 ?–08:15 · Recheck · Cancelled$/ }).count())
      .toBe(1);
    expect(await column.getByText('1 booked').count()).toBe(1);
  });

  it('that was cancelled by somebody meanwhile is not cancelled twice: the panel says what has happened', async () => {
    const [one, other] = [await emr.signedIn('robin'), await emr.signedIn('robin')];
    for (const page of [one, other]) {
      await page.goto(`${emr.url}/?office=lantern-hill&date=2027-03-07`);
      await page.getByRole('button', { name: /Recheck · Booked$/ }).click();
      await page.getByRole('button', { name: 'Cancel the booking …' }).click();
    }
    const press = { name: 'Cancel the booking', exact: true };
    await one.getByRole('dialog').getByRole('button', press).click();
    await one.getByRole('complementary').getByText('Cancelled', { exact: true }).waitFor();
    await other.getByRole('dialog').getByRole('button', press).click();
    await other.getByRole('alert').getByText('This booking is cancelled already.').waitFor();
  });
});
