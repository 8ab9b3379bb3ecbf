import { bothLanguages } from './both-languages.ts';

// The second factor, the same wherever somebody signs in with it.
export const secondFactorMessages = bothLanguages(
  {
    'second-factor.problem.needed': 'Signing in is not finished: the second factor is still asked for.',
    'second-factor.problem.wrong': 'This code is not right. Type the one that the app shows now.',
    'second-factor.problem.used': 'This code was used already. Wait for the next one that the app shows.',
    'second-factor.problem.none': 'No second factor is set up for this account.',
    'second-factor.problem.there': 'A second factor is set up for this account already. Sign in again.',
    'second-factor.problem.no-offer': 'There is no key to confirm. Begin again.',
    'second-factor.problem.own': 'Your own second factor is reset by somebody else. Nothing was changed.',
    'second-factor.title': 'Second factor',
    'second-factor.code.title': 'Code from your app',
    'second-factor.code.intro':
      'Open the authenticator app and type the six digits that it shows for this account. Without the app, type one of your recovery codes.',
    'second-factor.code': 'Code',
    'second-factor.code.act': 'Go on',
    'second-factor.leave': 'Sign in as somebody else',
    'second-factor.enrol.title': 'Set up the second factor',
    'second-factor.enrol.why.administrator':
      'EMR administrators sign in with a code besides their password, because they decide what everybody sees. It is set up once, now.',
    'second-factor.enrol.why.site-admin':
      'Site Admins sign in with a code besides their password, here and in Cloud Connect, because they decide who may come in and what is synchronised. It is set up once, now.',
    'second-factor.enrol.scan':
      'Scan this with an authenticator app on your phone (Aegis, 2FAS, Google or Microsoft Authenticator, your password manager).',
    'second-factor.enrol.picture': 'The key as a QR code; as text it stands below.',
    'second-factor.enrol.key': 'Or type this key into the app',
    'second-factor.enrol.copy': 'Copy the key',
    'second-factor.enrol.copied': 'Key copied',
    'second-factor.enrol.confirm': 'The six digits that the app shows now',
    'second-factor.enrol.act': 'Confirm',
    'second-factor.recovery.title': 'Keep your recovery codes',
    'second-factor.recovery.what':
      'Each of them signs you in once, when the app is not at hand. They are shown this once: keep them away from the phone.',
    'second-factor.recovery.copy': 'Copy all',
    'second-factor.recovery.copied': 'Codes copied',
    'second-factor.recovery.kept': 'I have kept the codes in a safe place.',
    'second-factor.recovery.done': 'Go on',
    'second-factor.own.on': 'Set up on {day}. A code is asked for at each sign-in.',
    'second-factor.own.off':
      'Not set up. Your password alone signs you in; with an authenticator app nobody who learns it can.',
    'second-factor.own.left':
      '{count, plural, =0 {No recovery code is left.} one {# recovery code is left.} other {# recovery codes are left.}}',
    'second-factor.own.begin': 'Set it up …',
    'second-factor.own.renew': 'Make new recovery codes',
    'second-factor.own.renew-what': 'The ones before end. A code of the app proves that it is you.',
    'second-factor.own.lost.administrator': 'A lost phone: an EMR administrator can reset your second factor.',
    'second-factor.own.lost.site-admin': 'A lost phone: another Site Admin can reset your second factor.',
    'second-factor.reset': 'Reset the second factor …',
    'second-factor.reset-what':
      '{name} is signed out everywhere and sets up a new one at the next sign-in. Do this only for somebody whom you have seen or called back: until then the password alone is enough.',
    'second-factor.reset-act': 'Reset the second factor',
    'second-factor.has': 'Second factor set up',
    'second-factor.has-not': 'No second factor',
  },
  {
    'second-factor.problem.needed': 'La connexion n’est pas terminée : le deuxième facteur est encore demandé.',
    'second-factor.problem.wrong': 'Ce code est inexact. Saisissez celui que l’application affiche maintenant.',
    'second-factor.problem.used': 'Ce code a déjà servi. Attendez le prochain que l’application affichera.',
    'second-factor.problem.none': 'Aucun deuxième facteur n’est configuré pour ce compte.',
    'second-factor.problem.there': 'Un deuxième facteur est déjà configuré pour ce compte. Connectez-vous de nouveau.',
    'second-factor.problem.no-offer': 'Il n’y a pas de clé à confirmer. Recommencez.',
    'second-factor.problem.own':
      'Votre propre deuxième facteur est réinitialisé par quelqu’un d’autre. Rien n’a été modifié.',
    'second-factor.title': 'Deuxième facteur',
    'second-factor.code.title': 'Code de votre application',
    'second-factor.code.intro':
      'Ouvrez l’application d’authentification et saisissez les six chiffres qu’elle affiche pour ce compte. Sans l’application, saisissez l’un de vos codes de secours.',
    'second-factor.code': 'Code',
    'second-factor.code.act': 'Continuer',
    'second-factor.leave': 'Se connecter avec un autre compte',
    'second-factor.enrol.title': 'Configurer le deuxième facteur',
    'second-factor.enrol.why.administrator':
      'Les administrateurs du DME se connectent avec un code en plus de leur mot de passe, car ils décident de ce que chacun voit. Cela se configure une fois, maintenant.',
    'second-factor.enrol.why.site-admin':
      'Les administrateurs du site se connectent avec un code en plus de leur mot de passe, ici et dans Cloud Connect, car ils décident qui peut entrer et ce qui est synchronisé. Cela se configure une fois, maintenant.',
    'second-factor.enrol.scan':
      'Numérisez ceci avec une application d’authentification sur votre téléphone (Aegis, 2FAS, Google ou Microsoft Authenticator, votre gestionnaire de mots de passe).',
    'second-factor.enrol.picture': 'La clé en code QR; elle figure en texte ci-dessous.',
    'second-factor.enrol.key': 'Ou saisissez cette clé dans l’application',
    'second-factor.enrol.copy': 'Copier la clé',
    'second-factor.enrol.copied': 'Clé copiée',
    'second-factor.enrol.confirm': 'Les six chiffres que l’application affiche maintenant',
    'second-factor.enrol.act': 'Confirmer',
    'second-factor.recovery.title': 'Conservez vos codes de secours',
    'second-factor.recovery.what':
      'Chacun vous connecte une fois, quand l’application n’est pas à portée de main. Ils ne sont affichés que cette fois : gardez-les loin du téléphone.',
    'second-factor.recovery.copy': 'Tout copier',
    'second-factor.recovery.copied': 'Codes copiés',
    'second-factor.recovery.kept': 'J’ai conservé les codes en lieu sûr.',
    'second-factor.recovery.done': 'Continuer',
    'second-factor.own.on': 'Configuré le {day}. Un code est demandé à chaque connexion.',
    'second-factor.own.off':
      'Non configuré. Votre mot de passe suffit pour vous connecter; avec une application d’authentification, il ne suffira plus à qui l’apprendrait.',
    'second-factor.own.left':
      '{count, plural, =0 {Il ne reste aucun code de secours.} one {Il reste # code de secours.} other {Il reste # codes de secours.}}',
    'second-factor.own.begin': 'Le configurer…',
    'second-factor.own.renew': 'Créer de nouveaux codes de secours',
    'second-factor.own.renew-what':
      'Les précédents cessent d’être valides. Un code de l’application prouve que c’est bien vous.',
    'second-factor.own.lost.administrator':
      'Téléphone perdu : un administrateur du DME peut réinitialiser votre deuxième facteur.',
    'second-factor.own.lost.site-admin':
      'Téléphone perdu : un autre administrateur du site peut réinitialiser votre deuxième facteur.',
    'second-factor.reset': 'Réinitialiser le deuxième facteur…',
    'second-factor.reset-what':
      '{name} sera déconnecté partout et configurera un nouveau facteur à la prochaine connexion. Ne le faites que pour une personne que vous avez vue ou rappelée : d’ici là, le mot de passe suffit.',
    'second-factor.reset-act': 'Réinitialiser le deuxième facteur',
    'second-factor.has': 'Deuxième facteur configuré',
    'second-factor.has-not': 'Aucun deuxième facteur',
  },
);
