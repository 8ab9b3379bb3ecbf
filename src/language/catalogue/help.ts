import { bothLanguages } from './both-languages.ts';

// The Help dialog, the same in the three apps.
export const helpMessages = bothLanguages(
  {
    'help.title': 'Help',
    'help.support': 'How to get support',
    'help.support.first': 'First ask {who}.',
    'help.support.next':
      'If that does not help, send the diagnostics below to {contact}, with what you did and what you expected. They contain no names, no dates of birth and nothing from a chart.',
    'help.who.emr': 'your EMR administrator',
    'help.who.connect': 'a Site Admin of your site',
    'help.who.portal': 'a Site Admin of your site',
    'help.contact': 'your support desk',
    'help.version': 'Version {version}',
    'help.diagnostics': 'Diagnostics without people’s data',
    'help.copy': 'Copy diagnostics',
    'help.copied': 'Copied',
    'help.copy-failed': 'The browser refused to copy. Select the text and copy it by hand.',
    'help.keys': 'Keyboard shortcuts',
    'help.keys.help': 'Open this help',
    'help.keys.escape': 'Close what is open',
    'help.keys.tab': 'Next control; with Shift the one before',
    'help.keys.space': 'Tick or untick; open a menu',
    'help.keys.arrows': 'Move inside a menu or a table of permissions',
  },
  {
    'help.title': 'Aide',
    'help.support': 'Obtenir du soutien',
    'help.support.first': 'Adressez-vous d’abord à {who}.',
    'help.support.next':
      'Si cela ne suffit pas, envoyez les renseignements techniques ci-dessous à {contact}, en précisant ce que vous avez fait et ce que vous attendiez. Ils ne contiennent ni nom, ni date de naissance, ni rien d’un dossier.',
    'help.who.emr': 'l’administrateur de votre DME',
    'help.who.connect': 'un administrateur de votre site',
    'help.who.portal': 'un administrateur de votre site',
    'help.contact': 'votre service de soutien technique',
    'help.version': 'Version {version}',
    'help.diagnostics': 'Renseignements techniques, sans données personnelles',
    'help.copy': 'Copier les renseignements techniques',
    'help.copied': 'Copié',
    'help.copy-failed': 'Le navigateur a refusé de copier. Sélectionnez le texte et copiez-le à la main.',
    'help.keys': 'Raccourcis clavier',
    'help.keys.help': 'Ouvrir cette aide',
    'help.keys.escape': 'Fermer ce qui est ouvert',
    'help.keys.tab': 'Élément suivant; avec Maj, le précédent',
    'help.keys.space': 'Cocher ou décocher; ouvrir un menu',
    'help.keys.arrows': 'Se déplacer dans un menu ou un tableau de permissions',
  },
);
