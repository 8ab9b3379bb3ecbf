// The demo clinic with its mailbox, and the portal's Site Admin signed in, for the browser tests of what the portal sends.
import type { APIRequestContext, Browser } from 'playwright-core';
import { type DemoMail, startDemoMail } from '../../src/demo/demo-mail.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { sessionAt } from './demo-acts.ts';

export const siteAdmin = 'sam@saltmarsh.example';

export interface PortalInBrowser {
  readonly browser: Browser;
  readonly installation: TestInstallation;
  readonly mailbox: DemoMail;
  /** Of the portal. */
  readonly url: string;
  /** The Site Admin's session. */
  readonly portal: APIRequestContext;
  close(): Promise<void>;
}

export async function openPortal(): Promise<PortalInBrowser> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const browser = await launchChromium();
    opened.push(() => browser.close());
    const installation = await demoInstallation();
    opened.push(() => installation.close());
    const mailbox = await startDemoMail(installation);
    opened.push(() => mailbox.close());
    const url = installation.config.urls.portal;
    const portal = await sessionAt(url, { email: siteAdmin });
    opened.push(() => portal.dispose());
    return { browser, installation, mailbox, url, portal, close };
  } catch (error) {
    await close();
    throw error;
  }
}
