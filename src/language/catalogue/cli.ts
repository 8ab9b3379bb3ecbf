import { bothLanguages } from './both-languages.ts';

// What the command line says to a person.
export const cliMessages = bothLanguages(
  {
    'cli.ready': 'ready in {seconds} s',
    'cli.first-run': 'First start: making the databases and bringing in the demo clinic.',
    'cli.stopping': 'Stopping…',
    'cli.stopped': 'Stopped.',
    'cli.address': '{app}  {url}',
    'cli.sign-ins': 'Sign-ins of the demo (everybody in it is invented):',
    'cli.sign-in': '  {app}  {username}  {password}  {who}',
    'cli.begin':
      'Where to begin: sign in to the portal and look for Dr. {provider}. He is not there, and nothing says that anything failed. In Cloud Connect, Sync Status names what is missing; in the EMR, Users > Manage Security > Users > {integrationUser} > Provider Permissions is where it is ticked.',
    'cli.set-up': 'No clinic yet. Open the EMR and the portal: each asks for its first administrator.',
    'cli.taken-port':
      'Port {port} of {service} is already in use. Stop what uses it, or choose another with {setting}.',
    'cli.unknown-service': 'There is no service {name}. There are: {names}.',
    'cli.unknown-command': 'There is no command {name}. There are: start, import, sync.',
    'cli.usage':
      'tidegate start [--services emr,portal,connect,worker] [--no-demo]\ntidegate import <file or folder>… [--tenant <number>] [--encounters] [--json]\ntidegate sync --connection <name> [--mode full|recent] [--json]',
    'cli.failed': 'Something failed that we did not foresee (id {id}). The log has the details under this id.',
    'cli.import.nothing': 'Name at least one file or folder to import.',
    'cli.import.tenant': 'There are several clinics here ({tenants}). Say which with --tenant.',
    'cli.import.no-clinic': 'There is no clinic yet. Start Tidegate once and set one up.',
    'cli.sync.connection': 'There is no connection {name}. There are: {names}.',
    'cli.sync.mode': '--mode is full or recent.',
    'cli.sync.ended': 'Run {runId}: {state}. {fetched} read, {created} new, {updated} changed.',
    'cli.no-web': 'The screens are not built yet; building them once.',
    'cli.lost': 'PostgreSQL ended although nobody stopped it. Stopping; start again.',
  },
  {
    'cli.ready': 'prêt en {seconds} s',
    'cli.first-run': 'Premier démarrage : création des bases de données et chargement de la clinique de démonstration.',
    'cli.stopping': 'Arrêt en cours…',
    'cli.stopped': 'Arrêté.',
    'cli.address': '{app}  {url}',
    'cli.sign-ins': 'Comptes de la démonstration (toutes les personnes sont inventées) :',
    'cli.sign-in': '  {app}  {username}  {password}  {who}',
    'cli.begin':
      'Pour commencer : connectez-vous au portail et cherchez Dr {provider}. Il n’y est pas, et rien ne signale d’erreur. Dans Cloud Connect, l’état de la synchronisation nomme ce qui manque ; dans le DME, Utilisateurs > Gérer la sécurité > Utilisateurs > {integrationUser} > Autorisations par fournisseur permet de le cocher.',
    'cli.set-up': 'Pas encore de clinique. Ouvrez le DME et le portail : chacun demande son premier administrateur.',
    'cli.taken-port':
      'Le port {port} de {service} est déjà utilisé. Arrêtez ce qui l’utilise ou choisissez-en un autre avec {setting}.',
    'cli.unknown-service': 'Le service {name} n’existe pas. Services : {names}.',
    'cli.unknown-command': 'La commande {name} n’existe pas. Commandes : start, import, sync.',
    'cli.usage':
      'tidegate start [--services emr,portal,connect,worker] [--no-demo]\ntidegate import <fichier ou dossier>… [--tenant <numéro>] [--encounters] [--json]\ntidegate sync --connection <nom> [--mode full|recent] [--json]',
    'cli.failed': 'Une erreur imprévue est survenue (id {id}). Le journal en donne le détail sous cet id.',
    'cli.import.nothing': 'Nommez au moins un fichier ou dossier à importer.',
    'cli.import.tenant': 'Il y a plusieurs cliniques ici ({tenants}). Précisez laquelle avec --tenant.',
    'cli.import.no-clinic': 'Il n’y a pas encore de clinique. Démarrez Tidegate une fois et créez-en une.',
    'cli.sync.connection': 'La connexion {name} n’existe pas. Connexions : {names}.',
    'cli.sync.mode': '--mode vaut full ou recent.',
    'cli.sync.ended': 'Exécution {runId} : {state}. {fetched} lus, {created} nouveaux, {updated} modifiés.',
    'cli.no-web': 'Les écrans ne sont pas encore construits ; construction en cours.',
    'cli.lost': 'PostgreSQL s’est arrêté sans qu’on le lui demande. Arrêt ; redémarrez.',
  },
);
